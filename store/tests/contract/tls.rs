//! PostgreSQL over a network: only by TLS, and only to a server that the system trusts.

use std::process::Command;

use hati_store::{PostgresStore, Register, StoreError};

use hati_test_postgres::Server;

const ADDRESS: &str = "HATI_TLS_TEST_ADDRESS";

#[test]
fn a_server_is_reached_over_the_network_if_its_certificate_is_trusted() {
    const NAME: &str = "tls::a_server_is_reached_over_the_network_if_its_certificate_is_trusted";
    if let Ok(address) = std::env::var(ADDRESS) {
        // This process trusts it.
        assert_eq!(PostgresStore::open(&address).unwrap().population().unwrap(), 0);
        return;
    }
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (_server, port) = Server::start_with_tls(&own.cert.pem(), &own.signing_key.serialize_pem());
    let address = format!("postgresql://operator@localhost:{port}/postgres");

    let refused = PostgresStore::open(&address).unwrap_err();
    assert!(matches!(refused, StoreError::Unreachable { .. }), "{refused}");
    assert!(refused.to_string().contains("certificate"), "{refused}");

    let trusted = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(trusted.path(), own.cert.pem()).unwrap();
    let trusting = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", NAME])
        .env(ADDRESS, &address)
        .env("SSL_CERT_FILE", trusted.path())
        .output()
        .unwrap();
    assert!(trusting.status.success(), "{}", String::from_utf8_lossy(&trusting.stdout));

    // Only who asks for it gets no TLS.
    PostgresStore::open(&format!("{address}?sslmode=disable")).unwrap();
}
