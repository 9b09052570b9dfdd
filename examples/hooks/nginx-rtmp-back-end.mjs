// A back end as it is written for the callbacks of nginx-rtmp: a form in, the status is the answer.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

const passwords = { cam1: 'publish-me' };

const server = createServer(async (request, response) => {
  const form = new URLSearchParams(await text(request));
  const { call, app, name, addr, clientid } = Object.fromEntries(form);
  const isRefused = call === 'publish' && form.get('pass') !== passwords[name];
  console.log(`${call} ${app}/${name} by client ${clientid} from ${addr}: ${isRefused ? 'refused' : 'ok'}`);
  response.writeHead(isRefused ? 403 : 200).end();
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () =>
  console.log(`listening on port ${server.address().port}`),
);
