//! Signing in at another provider: npm's `oidc-provider`, a process of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};

use hati_formats::time::Timestamp;
use hati_issuer::home::Home;
use hati_issuer::service::{Service, Settings};
use hati_program::system::clock;
use hati_store::{Action, Logged};
use tokio::runtime::Runtime;
use ureq::Agent;

use super::sign_in::Browser;
use super::{ACHIENG, Answer, NOBODY, Office, REDIRECT, SETTINGS, URL, query};

const CLIENT_ID: &str = "hati issuer";
const SECRET: &str = "a secret: 100% & more";

/// The provider, ended with the test.
struct Provider {
    child: Child,
    issuer: String,
}

impl Provider {
    fn start(upi: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers/node");
        let is_installed = folder.join("node_modules/oidc-provider").exists();
        assert!(is_installed, "the npm peers are not installed: run `make peers`");
        let mut command = Command::new("node");
        command.arg(folder.join("provider.js")).args([
            &format!("{URL}/authorize/upstream"),
            CLIENT_ID,
            SECRET,
            upi,
        ]);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut issuer = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut issuer).unwrap();
        Self { child, issuer: issuer.trim().to_owned() }
    }

    /// What a browser does there: follows every redirect, with its cookies, until it is sent back.
    fn visit(&self, url: &str) -> String {
        let config = Agent::config_builder().max_redirects(0).http_status_as_error(false).build();
        let (agent, mut url, mut cookies) = (config.new_agent(), url.to_owned(), Vec::<String>::new());
        while url.starts_with(&self.issuer) {
            let answer = agent.get(&url).header("cookie", cookies.join("; ")).call().unwrap();
            for cookie in answer.headers().get_all("set-cookie") {
                let cookie = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
                let name = cookie.split('=').next().unwrap().to_owned() + "=";
                cookies.retain(|known| !known.starts_with(&name));
                cookies.push(cookie);
            }
            let location = answer.headers().get("location").unwrap_or_else(|| panic!("{url}: {answer:?}"));
            let location = location.to_str().unwrap();
            url = if location.starts_with('/') {
                format!("{}{location}", self.issuer)
            } else {
                location.to_owned()
            };
        }
        url
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same issuer, with this provider.
fn with_provider(office: Office, provider: &str, clock: fn() -> Timestamp) -> Office {
    let Office { folder, runtime, service } = office;
    drop((service, runtime));
    let secret = folder.path().join("upstream.secret");
    hati_program::files::create_secret(&secret, SECRET).unwrap();
    let upstream = format!(
        "[upstream]\nissuer = \"{provider}\"\nname = \"eCitizen <3\"\nclient_id = \"{CLIENT_ID}\"\n\
         client_secret_file = {secret:?}\nupi_claim = \"upi\"\n"
    );
    let settings = format!("{SETTINGS}{upstream}");
    let settings = Settings::read(Some((&PathBuf::from("issuer.toml"), &settings)), |_| None).unwrap();
    let home = Home::open(&folder.path().join("issuer")).unwrap();
    let service = Service::new(home, settings, clock);
    service.publish().unwrap();
    Office { folder, runtime: Runtime::new().unwrap(), service }
}

fn go(office: &Office, browser: &Browser) -> Answer {
    browser.submit(office, &[("upstream", "1")])
}

fn come_back(office: &Office, browser: &Browser, url: &str) -> Answer {
    office.get(url.strip_prefix(URL).unwrap(), &[("cookie", &browser.cookie)])
}

#[test]
fn whom_the_provider_signs_in_gets_a_code() {
    let provider = Provider::start(ACHIENG);
    let office = with_provider(Office::open(), &provider.issuer, clock);
    let browser = Browser::open(&office, &[]);
    assert!(browser.page.text().contains("Sign in with eCitizen &lt;3"), "{}", browser.page.text());
    let policy = browser.page.header("content-security-policy");
    assert!(
        policy.contains(&format!("form-action 'self' https://wallet.example {};", provider.issuer)),
        "{policy}"
    );

    let away = go(&office, &browser);
    assert_eq!(away.status.as_u16(), 303, "{}", away.text());
    let back = provider.visit(away.header("location"));
    let answer = come_back(&office, &browser, &back);
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    let location = answer.header("location");
    assert!(location.starts_with(REDIRECT) && query(location, "code").is_some(), "{location}");
    assert_eq!(query(location, "state").as_deref(), Some("s"));
    assert_eq!(come_back(&office, &browser, &back).status.as_u16(), 400, "once");
    let events = office.service.home().store.events(0, 1_000).unwrap();
    let is_there = |it: &Logged| {
        it.event.actor == format!("provider {}", provider.issuer) && it.event.action == Action::SignedIn
    };
    assert!(events.iter().any(is_there), "{events:?}");
}

#[test]
fn whom_the_register_does_not_have_gets_none() {
    let provider = Provider::start(NOBODY);
    let office = with_provider(Office::open(), &provider.issuer, clock);
    let browser = Browser::open(&office, &[]);
    let back = provider.visit(go(&office, &browser).header("location"));
    let answer = come_back(&office, &browser, &back);
    assert_eq!((answer.status.as_u16(), answer.header("location")), (403, ""));
}

#[test]
fn an_answer_to_another_sign_in_is_refused() {
    let provider = Provider::start(ACHIENG);
    let office = with_provider(Office::open(), &provider.issuer, clock);
    let [one, other] = [(); 2].map(|()| Browser::open(&office, &[]));
    let [back_one, back_other] =
        [&one, &other].map(|browser| provider.visit(go(&office, browser).header("location")));
    let code = |url: &str| query(url, "code").unwrap();
    let mixed = back_one.replace(&code(&back_one), &code(&back_other));
    let elsewhere = (403, "You were not signed in there.");
    for (url, why, (status, said)) in [
        (back_other.clone(), "another browser's state", elsewhere),
        (mixed, "another sign-in's code: its verifier and nonce differ", elsewhere),
        (format!("{}&x=1", back_one.replace("state=", "other=")), "no state", elsewhere),
        (back_one.replace("code=", "error=access_denied&other="), "refused there", elsewhere),
        (back_one.replace("code=", "other="), "no code", elsewhere),
        (back_one.replace("iss=http", "iss=https"), "another issuer", elsewhere),
        (back_one.replace("iss=", "other="), "no issuer", elsewhere),
        (
            format!("{URL}/authorize/upstream?%ff"),
            "no form",
            (400, "This address is opened by a wallet alone."),
        ),
    ] {
        let answer = come_back(&office, &one, &url);
        assert_eq!(answer.status.as_u16(), status, "{why}");
        assert!(answer.text().contains(said), "{why}: {}", answer.text());
        assert_eq!(answer.header("location"), "", "{why}");
    }
    // Without having been sent there at all.
    let third = Browser::open(&office, &[]);
    assert_eq!(come_back(&office, &third, &back_one).status.as_u16(), 400);
    // It was the answers: the right ones are still good.
    for (browser, back) in [(&one, &back_one), (&other, &back_other)] {
        let answer = come_back(&office, browser, back);
        assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
        assert!(query(answer.header("location"), "code").is_some());
    }
}

#[test]
fn a_provider_that_is_not_there_harms_nobody() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let office = with_provider(Office::open(), &format!("http://{closed}"), clock);
    let browser = Browser::open(&office, &[]);
    assert_eq!(go(&office, &browser).status.as_u16(), 503);
    // And without any, nobody is sent anywhere.
    let office = Office::open();
    let browser = Browser::open(&office, &[]);
    assert!(!browser.page.text().contains("name=\"upstream\""));
    assert_eq!(go(&office, &browser).status.as_u16(), 400);
    assert_eq!(
        office.get("/authorize/upstream?state=x", &[("cookie", &browser.cookie)]).status.as_u16(),
        400
    );
}

/// It takes connections and says nothing, so that whoever asks waits. One asks for all, a few wait for it, and everybody else is
/// told at once; then it is left alone for a while.
#[test]
fn a_provider_that_says_nothing_holds_up_a_few() {
    static SECONDS: AtomicI64 = AtomicI64::new(0);
    fn clock() -> Timestamp {
        super::now().plus_seconds(SECONDS.load(Ordering::Relaxed))
    }
    const PEOPLE: usize = 20;
    const MAY_WAIT: usize = 8;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let office = with_provider(Office::open(), &issuer, clock);
    let browsers: Vec<_> = (0..PEOPLE).map(|_| Browser::open(&office, &[])).collect();
    let (tell, told) = std::sync::mpsc::channel();
    let asked = std::thread::scope(|scope| {
        for browser in &browsers {
            let (tell, office) = (tell.clone(), &office);
            scope.spawn(move || tell.send(go(office, browser)).unwrap());
        }
        let mut answers: Vec<_> = (0..PEOPLE - MAY_WAIT).map(|_| told.recv().unwrap()).collect();
        // Only now it hangs up.
        listener.set_nonblocking(true).unwrap();
        let asked: Vec<_> = std::iter::from_fn(|| listener.accept().ok()).collect();
        let count = asked.len();
        drop(asked);
        answers.extend((0..MAY_WAIT).map(|_| told.recv().unwrap()));
        for answer in answers {
            assert_eq!(answer.status.as_u16(), 503);
            assert!(answer.text().contains("sign in with your activation code"), "{}", answer.text());
        }
        count
    });
    assert_eq!(asked, 1);
    for (seconds, is_asked) in [(14, false), (15, true)] {
        SECONDS.store(seconds, Ordering::Relaxed);
        std::thread::scope(|scope| {
            let going = scope.spawn(|| go(&office, &browsers[0]));
            if is_asked {
                listener.set_nonblocking(false).unwrap();
                drop(listener.accept().unwrap());
            }
            assert_eq!(going.join().unwrap().status.as_u16(), 503);
        });
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err());
    }
}
