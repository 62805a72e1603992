// A wallet of other makers: npm's @openid4vc/openid4vci. Reads one JSON command a line, answers one JSON line:
// {"ok": …} or {"error": "…"}. What each command takes is written once, in tests/peers/README.md.
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createInterface } from 'node:readline';
import { Oauth2Client, clientAuthenticationAnonymous, clientAuthenticationNone } from '@openid4vc/oauth2';
import { Openid4vciClient } from '@openid4vc/openid4vci';

const CLIENT_ID = 'npm-wallet';
const REDIRECT_URI = 'https://wallet.example/callback';

const commands = {
  // The officer's path: an offer with its code, a batch, a refresh and another batch.
  async pre_authorized({ offer, tx_code, configuration, algorithms, service, issuer }) {
    const wallet = new Wallet(service, issuer, clientAuthenticationAnonymous());
    await wallet.read(offer);
    const { accessTokenResponse: tokens } = await wallet.vci.retrievePreAuthorizedCodeAccessTokenFromOffer({
      ...wallet.session, txCode: tx_code, dpop: wallet.dpop,
    });
    return wallet.fill(tokens, configuration, algorithms);
  },

  // The citizen's path from home: a pushed request, the person at the issuer's page, the code, a batch, a refresh.
  async authorization_code({ offer, upi, activation_code, configuration, algorithms, service, issuer }) {
    const wallet = new Wallet(service, issuer, clientAuthenticationNone({ clientId: CLIENT_ID }));
    await wallet.read(offer);
    const { scope } = wallet.session.issuerMetadata.credentialIssuer.credential_configurations_supported[configuration];
    const begun = await wallet.vci.initiateAuthorization({
      ...wallet.session, clientId: CLIENT_ID, redirectUri: REDIRECT_URI, scope, dpop: wallet.dpop,
    });
    const redirect = await wallet.person(begun.authorizationRequestUrl, { upi, code: activation_code });
    const server = wallet.session.issuerMetadata.authorizationServers[0];
    const answer = wallet.vci.parseAndVerifyAuthorizationResponseRedirectUrl({ url: redirect, authorizationServerMetadata: server });
    // `iss` was compared. The library has an option for `state`, and sends none.
    if (answer.error) throw new Error(JSON.stringify(answer));
    const { accessTokenResponse: tokens } = await wallet.vci.retrieveAuthorizationCodeAccessTokenFromOffer({
      ...wallet.session, authorizationCode: answer.code, pkceCodeVerifier: begun.pkce?.codeVerifier, redirectUri: REDIRECT_URI, dpop: wallet.dpop,
    });
    return wallet.fill(tokens, configuration, algorithms);
  },
};

class Wallet {
  constructor(service, issuer, clientAuthentication) {
    this.keys = [];
    // The issuer's name is https; in a test it is served by this process's neighbour.
    this.fetch = (url, options) => fetch(String(url).replace(issuer, service), options);
    const callbacks = {
      fetch: this.fetch,
      hash: (data, name) => createHash(name.replace('-', '')).update(data).digest(),
      generateRandom: (length) => randomBytes(length),
      signJwt: (signer, { header, payload }) => this.sign(signer.publicJwk, header, payload),
      clientAuthentication,
    };
    this.vci = new Openid4vciClient({ callbacks });
    this.oauth = new Oauth2Client({ callbacks });
    this.dpop = { signer: this.signer('ES256') };
  }

  async read(offer) {
    const credentialOffer = await this.vci.resolveCredentialOffer(offer);
    const issuerMetadata = await this.vci.resolveIssuerMetadata(credentialOffer.credential_issuer);
    this.session = { credentialOffer, issuerMetadata };
  }

  async fill(tokens, configuration, algorithms) {
    const first = await this.batch(tokens.access_token, configuration, algorithms);
    const server = this.session.issuerMetadata.authorizationServers[0];
    const { accessTokenResponse: refreshed } = await this.oauth.retrieveRefreshTokenAccessToken({
      authorizationServerMetadata: server, refreshToken: tokens.refresh_token, dpop: this.dpop,
    });
    const second = await this.batch(refreshed.access_token, configuration, algorithms);
    return {
      drafts: this.session.issuerMetadata.originalDraftVersion,
      token_type: tokens.token_type,
      credentials: [...first, ...second],
      keys: this.keys,
    };
  }

  async batch(accessToken, credentialConfigurationId, algorithms) {
    const { issuerMetadata } = this.session;
    const { c_nonce: nonce } = await this.vci.requestNonce({ issuerMetadata });
    const jwts = await Promise.all(algorithms.map((algorithm) => {
      const signer = this.signer(algorithm);
      this.keys.push(signer.publicJwk);
      return this.vci.createCredentialRequestJwtProof({ issuerMetadata, credentialConfigurationId, nonce, signer });
    }));
    const { credentialResponse } = await this.vci.retrieveCredentials({
      issuerMetadata, credentialConfigurationId, accessToken, dpop: this.dpop, proofs: { jwt: jwts.map(({ jwt }) => jwt) },
    });
    const { notification_id: notificationId } = credentialResponse;
    if (!notificationId) throw new Error('no notification_id came with the credentials');
    const notification = { notificationId, event: 'credential_accepted' };
    await this.vci.sendNotification({ issuerMetadata, accessToken, dpop: this.dpop, notification });
    return credentialResponse.credentials.map(({ credential }) => credential);
  }

  // What the person does in a browser: reads the page, types, and is led back.
  async person(url, typed) {
    const cookies = new Map();
    const visit = async (target, options) => {
      const cookie = [...cookies].map((one) => one.join('=')).join('; ');
      const answer = await this.fetch(target, { ...options, headers: { cookie, origin: new URL(target).origin }, redirect: 'manual' });
      answer.headers.getSetCookie().forEach((one) => cookies.set(...one.split(';')[0].split(/=(.*)/)));
      return answer;
    };
    let page = await visit(url);
    while (page.headers.has('location')) {
      url = new URL(page.headers.get('location'), url);
      page = await visit(url);
    }
    const html = await page.text();
    const [, action] = html.match(/<form[^>]*action="([^"]*)"/) ?? [];
    if (!action) throw new Error(`${page.status}: no form in ${html}`);
    const hidden = [...html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [attribute(input, 'name'), attribute(input, 'value')]);
    const body = new URLSearchParams([...hidden, ...Object.entries(typed)]);
    const answer = await visit(new URL(unescape(action), url), { method: 'POST', body });
    const location = answer.headers.get('location');
    if (!location) throw new Error(`${answer.status}: ${await answer.text()}`);
    return location;
  }

  signer(alg) {
    const pair = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
    const publicJwk = pair.publicKey.export({ format: 'jwk' });
    this.secrets ??= new Map();
    this.secrets.set(publicJwk.x, pair.privateKey.export({ format: 'jwk' }));
    return { method: 'jwk', alg, publicJwk };
  }

  sign(publicJwk, header, payload) {
    const key = createPrivateKey({ key: this.secrets.get(publicJwk.x), format: 'jwk' });
    const text = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const digest = publicJwk.kty === 'OKP' ? null : 'sha256';
    const signature = sign(digest, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    return { jwt: `${text}.${signature}`, signerJwk: publicJwk };
  }
}

const attribute = (input, name) => unescape(input.match(new RegExp(`${name}="([^"]*)"`))?.[1] ?? '');

function unescape(text) {
  const named = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };
  return text.replace(/&(#?\w+);/g, (whole, name) => named[name] ?? whole);
}

for await (const line of createInterface({ input: process.stdin })) {
  const { op, ...command } = JSON.parse(line);
  const answer = await commands[op](command).then((ok) => ({ ok }), (error) => ({ error: said(error) }));
  console.log(JSON.stringify(answer));
}

// With what the service answered, where the library keeps it.
function said(error) {
  const answered = error.response ? ` ${JSON.stringify(error.response.credentialErrorResponseResult ?? error.errorResponse ?? '')}` : '';
  return `${error}${answered}${error.cause ? `; ${error.cause}` : ''}`;
}
