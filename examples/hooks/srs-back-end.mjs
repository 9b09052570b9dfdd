// A back end as it is written for the HTTP callbacks of SRS: one URL for all of them, JSON in, a code out.
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

const tokens = { on_publish: 'publish-me', on_play: 'watch-me' };

const server = createServer(async (request, response) => {
  const { action, client_id, ip, app, stream, param } = await json(request);
  const token = new URLSearchParams(param).get('token');
  const isRefused = action in tokens && token !== tokens[action];
  console.log(
    `${action} ${app}/${stream} by client ${client_id} from ${ip}: ${isRefused ? 'refused' : 'ok'}`,
  );
  response
    .setHeader('content-type', 'application/json')
    .end(JSON.stringify({ code: isRefused ? 1 : 0, data: null }));
});
server.listen(Number(process.env.PORT ?? 8085), '127.0.0.1', () =>
  console.log(`listening on port ${server.address().port}`),
);
