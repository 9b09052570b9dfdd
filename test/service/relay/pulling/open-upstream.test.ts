import { describe, expect, test } from 'vitest';
import { expandUrl } from '../../../../src/media-url.ts';
import { openUpstream } from '../../../../src/service/relay/pulling/open-upstream.ts';
import { HttpFlvPull } from '../../../../src/session/upstream/http-flv-pull.ts';
import { MmshPull } from '../../../../src/session/upstream/mmsh/mmsh-pull.ts';
import { RtmpPull } from '../../../../src/session/upstream/rtmp-pull.ts';
import { ServerConnector } from '../../../../src/session/upstream/server-connector.ts';
import { WsFlvPull } from '../../../../src/session/upstream/ws-flv-pull.ts';
import { systemClock } from '../../../../src/stream/clock.ts';
import type { ResumePoint } from '../../../../src/stream/resuming/resume-point.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { described } from '../../../support/mmsh-upstream.ts';
import { RawServer } from '../../../support/raw-server.ts';
import { ScriptedServer } from '../../../support/scripted-server.ts';
import { UpstreamNotes } from '../../../support/upstream-notes.ts';

const noEvents = {
  onStart: () => {},
  onPath: () => {},
  onMedia: () => {},
  onDry: () => {},
  onReconnectRequest: () => {},
  onEnd: () => {},
};
const connector = new ServerConnector(new FakeClock(), { proxy: { url: null, bypass: [] } });
const limits = { messageBytes: 1, partialBytes: 1, chunkStreams: 1 };

test('an address that is none is named without its secrets', () => {
  const wish = {
    url: 'ftp://me:sesame@host/x?sesame',
    format: 'flv' as const,
    waiting: [],
    limits,
    connector,
  };
  expect(() => openUpstream(wish, noEvents)).toThrow(new TypeError('no URL of an upstream: ftp://host/x'));
});

test.each([
  { url: 'rtmp://h/live/a', format: 'flv', opened: RtmpPull },
  { url: 'http://h/a', format: 'flv', opened: HttpFlvPull },
  { url: 'wss://h/a', format: 'flv', opened: WsFlvPull },
  { url: 'http://h/a', format: 'asf', opened: MmshPull },
  { url: 'mmsh://h', format: 'asf', opened: MmshPull },
] as const)('$format at $url has its own protocol', ({ url, format, opened }) => {
  const upstream = openUpstream({ url, format, waiting: [], limits, connector }, noEvents);
  upstream.close();
  expect(upstream).toBeInstanceOf(opened);
});

test.each(['live/.', './a', 'live/./a'])('nothing is asked of a server for %s', async (key) => {
  const notes = new UpstreamNotes();
  const url = expandUrl('http://127.0.0.1:1/{key}', key);
  const upstream = openUpstream({ url, format: 'flv', waiting: [], limits, connector }, notes);
  expect(notes.told).toEqual([]);
  expect((await notes.end()).kind).toBe('not-found');
  upstream.ping();
  upstream.close();
});

describe('how far the stream has come here is told', () => {
  const marks = [
    { timestamp: 123_456, hash: '9f86d081884c7d65' },
    { timestamp: 123_440, hash: '0a1b2c3d4e5f6071' },
  ];
  const text = 'frame;123456-9f86d081884c7d65;123440-0a1b2c3d4e5f6071';
  const pulled = {
    ...{ waiting: ['me'], limits: { messageBytes: 1000, partialBytes: 1000, chunkStreams: 8 } },
    connector: new ServerConnector(systemClock, { proxy: { url: null, bypass: [] } }),
  };

  /** What a server hears of a relay that has come so far: the requests' heads, until it answers one with nothing. */
  async function heads(
    scheme: 'http' | 'ws' | 'mmsh',
    resume: ResumePoint | undefined,
  ): Promise<readonly string[]> {
    let asked = 0;
    await using server = await RawServer.start((socket) =>
      socket.end(scheme === 'mmsh' && asked++ === 0 ? described() : ''),
    );
    const url = `${scheme}://127.0.0.1:${server.port}/live/a`;
    const format = scheme === 'mmsh' ? 'asf' : 'flv';
    const notes = new UpstreamNotes();
    openUpstream({ ...pulled, url, format, resume }, notes);
    await notes.end();
    return server.connections.map(({ heard }) => heard);
  }

  /** What a server of RTMP is told with connect. */
  async function connectProperty(resume: ResumePoint | undefined): Promise<unknown> {
    const connected = Promise.withResolvers<unknown>();
    await using server = await ScriptedServer.start({
      onConnect: (_connection, { commandObject }) => connected.resolve(commandObject['streampumpResume']),
    });
    const url = `rtmp://127.0.0.1:${server.port}/live/a`;
    const upstream = openUpstream({ ...pulled, url, format: 'flv', resume }, new UpstreamNotes());
    const property = await connected.promise;
    upstream.close();
    return property;
  }

  test.each(['http', 'ws'] as const)('in a header of %s', async (scheme) => {
    const [head] = await heads(scheme, { from: 'frame', marks });
    expect(head).toContain(`\r\nstreampump-resume: ${text}\r\n`);
  });

  test('in a token of Pragma, of who asks for the header and plays over MMSH', async () => {
    const [describing, playing] = await heads('mmsh', { from: 'frame', marks });
    expect(describing).toMatch(new RegExp(`^pragma: .*, streampump-resume=${text}$`, 'm'));
    expect(playing?.match(/.*resume.*/g)).toEqual([
      expect.stringMatching(
        new RegExp(`^pragma: .*, xPlayStrm=1, streampump-resume=${text}, stream-switch-count=2$`),
      ),
    ]);
  });

  test('in a property of connect, of who plays over RTMP', async () => {
    expect(await connectProperty({ from: 'keyframe', marks })).toBe(text.replace('frame', 'keyframe'));
  });

  test('by nobody who begins', async () => {
    const all = [
      await heads('http', undefined),
      await heads('ws', undefined),
      await heads('mmsh', undefined),
    ];
    expect(all.flat()).toHaveLength(4);
    expect(all.join().toLowerCase()).not.toContain('resume');
    expect(await connectProperty(undefined)).toBeUndefined();
  });
});
