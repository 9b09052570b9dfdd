import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { amfObject } from '../../src/protocol/amf/amf-value.ts';
import { media } from '../support/fake-media.ts';
import { chunk, flvBody, flvHeader } from '../support/flv-body.ts';
import { RawServer } from '../support/raw-server.ts';
import { type Script, ScriptedServer } from '../support/scripted-server.ts';
import { startRelay, type TestRelay } from '../support/start-relay.ts';
import { TestPublisher } from '../support/test-publisher.ts';

const user = 'viewer';
const password = 'p@ss/w0rd~secret';
const token = 'tok+en/VALUE==1234';
const credentials = `${user}:${password}`;
const userInfo = `${user}:${encodeURIComponent(password)}`;
const query = `token=${encodeURIComponent(token)}&n=1`;

/** A secret in every way in which a server might repeat it. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const percent = encodeURIComponent(secret);
  return [
    secret,
    percent,
    percent.toLowerCase(),
    encodeURIComponent(percent),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    encodeURIComponent(bytes.toString('base64')),
    bytes.toString('hex'),
  ];
}

const secrets = [credentials, userInfo, password, token, query].flatMap(spellings);

/** All of them in a line, none with another's beginning before it. */
const everything = secrets.join(' , ');

/** Everything that a relay shows of its upstreams, forwards and what comes from them, once it has said this often that one is lost. */
async function shownBy(relay: TestRelay, event: 'upstream' | 'forward', count = 1): Promise<string> {
  await relay.log.waitFor(event, {}, { count });
  const pages = ['/api/v1/streams', '/api/v1/sessions', '/api/v1/upstreams', '/api/v1/forwards', '/metrics'];
  const texts = await Promise.all(pages.map(async (page) => (await fetch(relay.adminUrl(page))).text()));
  return [JSON.stringify(relay.log.lines), ...texts].join('\n');
}

/** A relay that always pulls from this URL, to which credentials and a query are added. */
function pullingFrom(protocol: string, port: number, name = 'a.flv'): Promise<TestRelay> {
  const url = `${protocol}://${userInfo}@127.0.0.1:${port}/live/${name}?${query}`;
  const source = { type: 'pull', start: 'always', urls: [url] };
  return startRelay({ streams: [{ match: 'live/a', source }] });
}

/** No secret is there in any spelling, nor the first half of one. */
function expectNoSecrets(shown: string): void {
  const text = shown.toLowerCase();
  const found = secrets.filter((secret) =>
    text.includes(secret.slice(0, Math.ceil(secret.length / 2)).toLowerCase()),
  );
  expect(found.filter((secret) => !user.startsWith(secret.slice(0, Math.ceil(secret.length / 2))))).toEqual(
    [],
  );
}

const plain = (status: string, text: string, more = ''): string =>
  `HTTP/1.1 ${status}\r\n${more}Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;

describe('a server that repeats its request shows nobody the secrets in it:', () => {
  const answers: readonly {
    readonly what: string;
    readonly says: (head: string) => string;
    readonly lines?: number;
  }[] = [
    { what: 'the head in a body', says: (head) => plain('401 x', head.replaceAll('\r\n', ' ')) },
    { what: 'every spelling in a body', says: () => plain('403 x', everything) },
    ...[0, 3, 6, 9, 12, 15, 18, 21, 24, 27].map((at) => ({
      what: `a secret at the cut, ${at}`,
      says: () => plain('403 x', `${'.'.repeat(170 + at)}${btoa(credentials)}`),
    })),
    { what: 'a body that goes on and on', says: () => plain('403 x', everything.repeat(100)) },
    {
      what: 'the reason phrase and headers',
      says: () => plain(`401 ${btoa(credentials)}`, '', `WWW-Authenticate: ${password}\r\n`),
    },
    {
      what: 'a redirect to a place of its own',
      says: (head) =>
        head.includes('/moved')
          ? plain('404 x', everything)
          : `HTTP/1.1 302 x\r\nLocation: /moved/${btoa(credentials).replaceAll('/', '_')}/${encodeURIComponent(token)}.flv\r\nContent-Length: 0\r\n\r\n`,
      lines: 2,
    },
    {
      what: 'a redirect to elsewhere',
      says: () =>
        `HTTP/1.1 302 x\r\nLocation: http://elsewhere.invalid/${encodeURIComponent(password)}/${btoa(token)}\r\nContent-Length: 0\r\n\r\n`,
    },
    {
      what: 'ids of relays',
      says: () =>
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nStreampump-Path: ${Buffer.from(credentials).toString('base64url')}, ${Buffer.from(token).toString('base64url')}\r\n\r\n`,
    },
  ];

  const answer = (socket: Socket, text: string): void => {
    socket.write(text, 'latin1');
    if (!text.includes('chunked')) return;
    for (const part of [flvHeader, flvBody('M1@0 VH1@0 K1@0')]) socket.write(chunk(part));
  };

  test.each(answers)('over HTTP, $what', async ({ says, lines }) => {
    await using server = await RawServer.start((socket, head) => answer(socket, says(head)));
    await using relay = await pullingFrom('http', server.port);
    expectNoSecrets(await shownBy(relay, 'upstream', lines));
  });

  test.each([
    ...answers.filter(({ what }) => what !== 'ids of relays'),
    {
      what: 'the type of something else',
      says: () => `HTTP/1.1 200 OK\r\nContent-Type: ${everything}\r\nContent-Length: 3\r\n\r\nFLV`,
      lines: 1,
    },
  ])('over MMSH, $what', async ({ says, lines }) => {
    await using server = await RawServer.start((socket, head) => answer(socket, says(head)));
    await using relay = await pullingFrom('mmsh', server.port, 'a.asf');
    expectNoSecrets(await shownBy(relay, 'upstream', lines));
  });

  test.each(answers.filter(({ what }) => what !== 'ids of relays'))(
    'over WebSocket, $what',
    async ({ says, lines }) => {
      await using server = await RawServer.start((socket, head) => answer(socket, says(head)));
      await using relay = await pullingFrom('ws', server.port);
      expectNoSecrets(await shownBy(relay, 'upstream', lines));
    },
  );

  test.each(secrets.filter((secret) => secret.length < 120))(
    'when it closes a WebSocket: %s',
    async (secret) => {
      const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
      await new Promise((resolve) => server.once('listening', resolve));
      server.on('connection', (webSocket) => webSocket.close(4401, secret));
      const { port } = server.address() as { readonly port: number };
      await using relay = await pullingFrom('ws', port);
      expectNoSecrets(await shownBy(relay, 'upstream'));
      server.close();
    },
  );

  const error = { level: 'error', description: everything } as const;
  const scripts: readonly { readonly what: string; readonly script: Script; readonly lines?: number }[] = [
    {
      what: 'refusing connect',
      script: {
        onConnect: ({ dialogue }) =>
          dialogue.refuseConnect(`[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=${everything}`),
      },
    },
    {
      what: 'refusing to play',
      script: { onPlay: ({ dialogue }) => dialogue.endPlay(1, { ...error, code: 'NetStream.Play.Failed' }) },
    },
    {
      what: 'with a code of its own',
      script: {
        onPlay: ({ dialogue }) =>
          dialogue.endPlay(1, { ...error, code: btoa(token) as 'NetStream.Play.Failed' }),
      },
    },
    {
      what: 'leading elsewhere',
      script: {
        onConnect: ({ dialogue }) =>
          dialogue.refuseConnect(everything, {
            ex: amfObject({ code: 302, redirect: `rtmp://elsewhere.invalid/${btoa(token)}/${token}` }),
          }),
      },
    },
    {
      what: 'sending away',
      script: {
        onPlay: ({ dialogue }) => {
          dialogue.startPlay(1, 'go');
          const status = {
            level: 'status',
            code: 'NetConnection.Connect.ReconnectRequest',
            description: token,
          } as const;
          dialogue.status(0, status, { tcUrl: `rtmp://elsewhere.invalid/${btoa(token)}` });
        },
      },
    },
  ];

  test.each(scripts)('over RTMP, $what', async ({ script, lines }) => {
    await using server = await ScriptedServer.start(script);
    await using relay = await pullingFrom('rtmp', server.port, 'a');
    expectNoSecrets(await shownBy(relay, 'upstream', lines));
  });

  test('when a stream is forwarded to it', async () => {
    const name = 'private~key_77';
    await using server = await ScriptedServer.start({
      onPublish: ({ dialogue }, { messageStreamId }) => {
        const description = `${everything} ${spellings(name).join(' ')}`;
        dialogue.refusePublish(messageStreamId, { ...error, code: 'NetStream.Publish.BadName', description });
      },
    });
    const url = `rtmp://${userInfo}@127.0.0.1:${server.port}/app/${name}?${query}`;
    const streams = [{ match: '**', source: { type: 'push' }, forward: [url] }];
    await using relay = await startRelay({ streams });
    await using publisher = await TestPublisher.start(relay.port('rtmp'), 'live/a');
    publisher.sendMedia(...media('VH1@0 K1@0'));
    const shown = await shownBy(relay, 'forward');
    expectNoSecrets(shown);
    for (const spelled of spellings(name)) expect(shown).not.toContain(spelled);
  });

  test('when it is the proxy, or is asked through one', async () => {
    const proxyUser = 'proxy-user:proxy~pass/word';
    const spelled = spellings(proxyUser).join(' ');
    for (const [protocol, text] of [
      ['http', plain('403 x', `${spelled} ${everything}`)],
      ['ws', `HTTP/1.1 403 ${spelled} ${btoa(credentials)}\r\n\r\n`],
    ] as const) {
      await using proxy = await RawServer.start((socket) => socket.write(text, 'latin1'));
      const url = `http://${encodeURIComponent(proxyUser).replace('%3A', ':')}@127.0.0.1:${proxy.port}`;
      const source = {
        type: 'pull',
        start: 'always',
        urls: [`${protocol}://${userInfo}@127.0.0.1:1/live/a.flv?${query}`],
      };
      await using relay = await startRelay({
        streams: [{ match: 'live/a', source }],
        proxy: { url, bypass: [] },
      });
      const shown = await shownBy(relay, 'upstream');
      expectNoSecrets(shown);
      for (const each of spellings(proxyUser)) expect(shown).not.toContain(each);
    }
  });
});
