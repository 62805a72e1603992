// An OpenID Connect provider (npm's oidc-provider) that signs one person in without asking. Takes as arguments the redirect
// URI, the client's id and secret, and the person's UPI; writes its issuer identifier on one line; ends with its input.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const [redirectUri, clientId, clientSecret, upi] = process.argv.slice(2);
// The standard output is the test's.
for (const name of ['info', 'log', 'warn']) console[name] = console.error;

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub', 'upi'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId, upi }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) =>
    request.url.startsWith('/interaction/')
      ? provider.interactionFinished(request, response, { login: { accountId: 'somebody' } })
      : answer(request, response));
  process.stdout.write(`${issuer}\n`);
});
process.stdin.resume().on('end', () => process.exit());
