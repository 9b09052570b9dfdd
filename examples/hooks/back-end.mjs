// A back end for the hooks of streampump: node back-end.mjs, with the hook's secret in HOOK_SECRET.
// Whoever publishes or plays live/cam1 shows the key of that: rtmp://HOST/live/cam1?key=publish-me
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const { HOOK_SECRET: secret = '', PORT: port = '9000' } = process.env;
if (secret === '') throw new Error('HOOK_SECRET has to be the secret of the hook');
const keys = { publish: { 'live/cam1': 'publish-me' }, play: { 'live/cam1': 'watch-me' } };
const told = new Set(); // ids: what is told again counts once

function isGenuine(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature = '' } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(time)) < 300)) return false; // old, or no time at all
  const wanted = createHmac('sha256', secret).update(`${id}.${time}.${body}`).digest();
  const shown = Buffer.from(signature.replace(/^v1,/, ''), 'base64');
  return shown.length === wanted.length && timingSafeEqual(shown, wanted);
}

function answer(message, id) {
  const { event, stream, query } = message;
  if (event === 'publish' || event === 'play') {
    const isRight =
      keys[event][stream] !== undefined && keys[event][stream] === new URLSearchParams(query).get('key');
    return isRight ? { allow: true } : { allow: false, message: `this is not the key to ${event} ${stream}` };
  }
  if (!told.has(id)) console.log(`${event} ${stream}: ${JSON.stringify(message)}`);
  told.add(id);
  return {};
}

const server = createServer(async (request, response) => {
  const body = await text(request);
  if (!isGenuine(request.headers, body)) return response.writeHead(401).end();
  response
    .setHeader('content-type', 'application/json')
    .end(JSON.stringify(answer(JSON.parse(body), request.headers['webhook-id'])));
});
server.listen(Number(port), '127.0.0.1', () => console.log(`listening on port ${server.address().port}`));
