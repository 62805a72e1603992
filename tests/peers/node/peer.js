// Reads one JSON command a line, answers one JSON line: {"ok": …} or {"error": "…"}.
// What each command takes is written once, in tests/peers/README.md.
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { createInterface } from 'node:readline';
import { contexts } from '@digitalbazaar/credentials-context';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { CompactSign, calculateJwkThumbprint, compactVerify, importJWK } from 'jose';

const commands = {
  async issue({ key, typ, claims, frame, holder }) {
    const payload = holder ? { ...claims, cnf: { jwk: holder } } : claims;
    return instance({ signer: signer(key), signAlg: algorithm(key) }).issue(payload, frame, { header: { typ } });
  },

  async present({ sd_jwt, show, key, nonce, aud, iat }) {
    const kb = key && { payload: { iat, aud, nonce } };
    return instance({ kbSigner: key && signer(key), kbSignAlg: key && algorithm(key) }).present(sd_jwt, show, { kb });
  },

  async verify({ text, issuer, nonce, aud, now }) {
    const kbVerifier = (data, signature, payload) => check(payload.cnf.jwk, data, signature);
    const peer = instance({ verifier: (data, signature) => check(issuer, data, signature), kbVerifier });
    // Status lists are the business of another test: this one never opens a connection.
    peer.verifyStatus = async () => {};
    const { payload, header, kb } = await peer.verify(text, { keyBindingNonce: nonce, currentDate: now });
    // The library leaves the audience to its caller.
    if (nonce && kb.payload.aud !== aud) throw new Error(`audience: expected ${aud}, got ${kb.payload.aud}`);
    return { claims: payload, typ: header.typ };
  },

  async jws_sign({ key, header, payload }) {
    const protectedHeader = { alg: algorithm(key), ...header };
    return new CompactSign(Buffer.from(payload)).setProtectedHeader(protectedHeader).sign(await importJWK(key, protectedHeader.alg));
  },

  async jws_verify({ key, token }) {
    const alg = algorithm(key);
    const { payload, protectedHeader } = await compactVerify(token, await importJWK(key, alg), { algorithms: [alg] });
    return { header: protectedHeader, payload: Buffer.from(payload).toString() };
  },

  async vc_issue({ credential, key, method, documents, created }) {
    const pair = await Ed25519Multikey.fromJwk({ jwk: key, secretKey: true, id: method });
    const suite = new DataIntegrityProof({ signer: pair.signer(), date: created, cryptosuite });
    return vc.issue({ credential, suite, documentLoader: loader(documents) });
  },

  async vc_verify({ credential, documents, now }) {
    const { verified, error } = await vc.verifyCredential({
      credential,
      suite: new DataIntegrityProof({ cryptosuite }),
      documentLoader: loader(documents),
      // Status lists are the business of another test.
      checkStatus: async () => ({ verified: true }),
      now,
    });
    if (!verified) throw error.errors?.[0] ?? error;
    return verified;
  },

  async thumbprint({ key }) {
    return calculateJwkThumbprint(key);
  },

  async time({ times, command }) {
    const start = process.hrtime.bigint();
    for (let done = 0; done < times; done += 1) await commands[command.op](command);
    return Number(process.hrtime.bigint() - start);
  },
};

function instance(config) {
  return new SDJwtVcInstance({
    hasher: (data, name) => createHash(name.replace('-', '')).update(data).digest(),
    saltGenerator: (length) => randomBytes(length).toString('base64url'),
    ...config,
  });
}

// Knows what comes with the command, and the W3C's contexts as the package carries them; opens no connection.
function loader(documents) {
  return async (url) => {
    const document = documents[url] ?? contexts.get(url);
    if (!document) throw new Error(`not at hand: ${url}`);
    return { documentUrl: url, document };
  };
}

function algorithm(key) {
  return key.kty === 'OKP' ? 'EdDSA' : 'ES256';
}

const digest = (key) => (key.kty === 'OKP' ? null : 'sha256');
const format = (key) => ({ key, format: 'jwk', dsaEncoding: 'ieee-p1363' });

// A key that comes with a command is read once, however many times the command is carried out; a holder's key comes with
// each token anew.
const read = { public: new WeakMap(), private: new WeakMap() };

function once(known, make, key) {
  if (!known.has(key)) known.set(key, make(format(key)));
  return known.get(key);
}

function signer(key) {
  const secret = once(read.private, createPrivateKey, key);
  return (data) => sign(digest(key), Buffer.from(data), { key: secret, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}

function check(key, data, signature) {
  const known = once(read.public, createPublicKey, key);
  return verify(digest(key), Buffer.from(data), { key: known, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...command } = JSON.parse(line);
  const answer = await commands[op](command).then((ok) => ({ ok }), (error) => ({ error: String(error) }));
  console.log(JSON.stringify(answer));
}
