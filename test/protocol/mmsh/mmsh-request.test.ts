import { expect, test } from 'vitest';
import { readPragmas, switchedOffStreams } from '../../../src/protocol/mmsh/mmsh-pragma.ts';
import { isMmsAgent, purposeOf, pushIdIn } from '../../../src/protocol/mmsh/mmsh-request.ts';

interface Head {
  readonly method: string;
  readonly contentType?: string | undefined;
  readonly pragmas?: readonly string[];
}

function purpose({ method, contentType, pragmas = [] }: Head): string {
  return purposeOf({ method, contentType, pragmas: readPragmas(pragmas) });
}

test.each<[what: string, head: Head, purpose: string]>([
  ['GET', { method: 'GET' }, 'describe'],
  ['HEAD', { method: 'HEAD' }, 'describe'],
  ['GET with xPlayStrm=1', { method: 'GET', pragmas: ['no-cache,XPLAYSTRM=1'] }, 'play'],
  ['GET with xPlayStrm=0', { method: 'GET', pragmas: ['xPlayStrm=0'] }, 'describe'],
  ['GET of the next entry', { method: 'GET', pragmas: ['xPlayNextEntry=1'] }, 'unsupported'],
  ['GET of several at once', { method: 'GET', pragmas: ['pipeline-request=1'] }, 'unsupported'],
  ['GET to switch streams', { method: 'GET', pragmas: ['stream-switch-entry=ffff:1:0'] }, 'unsupported'],
  [
    'GET with xPlayStrm=1 and switches',
    { method: 'GET', pragmas: ['stream-switch-entry=ffff:1:0', 'xPlayStrm=1'] },
    'play',
  ],
  ['GET with xStopStrm', { method: 'GET', pragmas: ['xStopStrm=1'] }, 'stop'],
  ['POST with xStopStrm', { method: 'POST', pragmas: ['xStopStrm=1'] }, 'stop'],
  ['POST with xKeepAliveInPause=1', { method: 'POST', pragmas: ['xKeepAliveInPause=1'] }, 'keep-alive'],
  ['OPTIONS', { method: 'OPTIONS' }, 'keep-alive'],
  ['POST with log-line', { method: 'POST', pragmas: ['log-line=2026-11-22 ...'] }, 'log'],
  ['POST of statistics', { method: 'POST', contentType: 'application/x-wms-LogStats;charset=UTF-8' }, 'log'],
  ['POST of text', { method: 'POST', contentType: 'text/plain' }, 'log'],
  ['POST of an event', { method: 'POST', contentType: 'application/x-wms-sendevent' }, 'event'],
  [
    'POST that asks about content',
    { method: 'POST', contentType: 'application/x-wms-getcontentinfo' },
    'event',
  ],
  ['a push setup', { method: 'POST', contentType: 'application/x-wms-pushsetup' }, 'push-setup'],
  [
    'a push start',
    { method: 'POST', contentType: 'Application/X-WMS-PushStart ; charset=utf-8' },
    'push-start',
  ],
  [
    'a push start that says it keeps alive',
    { method: 'POST', contentType: 'application/x-wms-pushstart', pragmas: ['xKeepAliveInPause=1'] },
    'push-start',
  ],
  ['POST of something else', { method: 'POST', contentType: 'application/json' }, 'unsupported'],
  ['POST of nothing', { method: 'POST' }, 'unsupported'],
  ['PUT', { method: 'PUT', contentType: 'application/x-wms-pushstart' }, 'unsupported'],
  ['DELETE', { method: 'DELETE' }, 'unsupported'],
])('%s is for %s', (_, head, expected) => {
  expect(purpose(head)).toBe(expected);
});

/** The heads of real clients, without the lines Accept, Host, Connection and the like. */
const heads = [
  {
    client: 'ffmpeg 5.1, first',
    head: `GET /streams/a HTTP/1.1
Range: bytes=0-
User-Agent: NSPlayer/4.1.0.3856
Pragma: no-cache,rate=1.000000,stream-time=0,stream-offset=0:0,request-context=1,max-duration=0
Pragma: xClientGUID={c77e7400-738a-11d2-9add-0020af0a3278}`,
    purpose: 'describe',
    isMms: true,
  },
  {
    client: 'ffmpeg 5.1, second',
    head: `GET /streams/a HTTP/1.1
Range: bytes=0-
Connection: close
User-Agent: NSPlayer/4.1.0.3856
Pragma: no-cache,rate=1.000000,request-context=2
Pragma: xPlayStrm=1
Pragma: xClientGUID={c77e7400-738a-11d2-9add-0020af0a3278}
Pragma: stream-switch-count=2
Pragma: stream-switch-entry=ffff:1:0 ffff:2:0${' '}
Pragma: no-cache,rate=1.000000,stream-time=0Connection: Close`,
    purpose: 'play',
    isMms: true,
  },
  {
    client: 'MPlayer 1.5, first',
    head: `GET /streams/a HTTP/1.0
User-Agent: NSPlayer/4.1.0.3856
Pragma: xClientGUID={c77e7400-738a-11d2-9add-0020af0a3278}
Pragma: no-cache,rate=1.000000,stream-time=0,stream-offset=0:0,request-context=1,max-duration=0`,
    purpose: 'describe',
    isMms: true,
  },
  {
    client: 'MPlayer 1.5, second',
    head: `GET /streams/a HTTP/1.0
User-Agent: NSPlayer/4.1.0.3856
Pragma: xClientGUID={c77e7400-738a-11d2-9add-0020af0a3278}
Pragma: no-cache,rate=1.000000,stream-time=0,stream-offset=0:0,request-context=2,max-duration=0
Pragma: xPlayStrm=1
Pragma: stream-switch-entry=ffff:2:0 ffff:1:0${' '}
Pragma: stream-switch-count=2`,
    purpose: 'play',
    isMms: true,
  },
  {
    client: 'VLC 3.0.24, mmsh:// and libmms, first',
    head: `GET /streams/a HTTP/1.0
User-Agent: NSPlayer/7.10.0.3059
Pragma: no-cache,rate=1.000000,stream-time=0,stream-offset=0:0,request-context=1,max-duration=0
Pragma: xClientGUID={0xbabac001-0xcd97-0xd294-0xf2ccd4e3eea84c7e}`,
    purpose: 'describe',
    isMms: true,
  },
  {
    client: 'VLC 3.0.24, mmsh:// and libmms, second',
    head: `GET /streams/a HTTP/1.0
User-Agent: NSPlayer/7.10.0.3059
Pragma: no-cache,rate=1.000000,request-context=2
Pragma: xPlayStrm=1
Pragma: xClientGUID={0xbabac001-0xcd97-0xd294-0xf2ccd4e3eea84c7e}
Pragma: stream-switch-count=2
Pragma: stream-switch-entry=ffff:1:0 ffff:2:0${' '}`,
    purpose: 'play',
    isMms: true,
  },
  {
    client: 'VLC 3.0.24, http://',
    head: `GET /streams/a HTTP/1.1
User-Agent: VLC/3.0.24 LibVLC/3.0.24
Range: bytes=0-`,
    purpose: 'describe',
    isMms: false,
  },
  {
    client: 'GStreamer 1.22, souphttpsrc',
    head: `GET /streams/a HTTP/1.1
User-Agent: GStreamer souphttpsrc 1.22.0 libsoup/3.2.3
icy-metadata: 1`,
    purpose: 'describe',
    isMms: false,
  },
];

test.each(heads)('what $client asks for is told by its head', ({ head, purpose: expected, isMms }) => {
  const [request = '', ...lines] = head.split('\n');
  const values = (name: string): string[] =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  const pragmas = readPragmas(values('Pragma'));
  const [method = ''] = request.split(' ');
  expect(purposeOf({ method, contentType: undefined, pragmas })).toBe(expected);
  expect(isMmsAgent(values('User-Agent')[0])).toBe(isMms);
  expect([...switchedOffStreams(pragmas, () => true)]).toEqual([]);
});

test.each([
  ['NSPlayer/4.1.0.3856', true],
  ['nsplayer/12.0', true],
  ['NSServer/9.0', true],
  ['WMCacheProxy/9.00.00.1234', true],
  ['Mozilla/5.0 NSPlayer/4', false],
  ['NSPlayer', false],
  ['Lavf/59.27.100', false],
  ['', false],
  [undefined, false],
])('%s is the agent of an MMS player: %s', (agent, expected) => {
  expect(isMmsAgent(agent)).toBe(expected);
});

test.each([
  ['push-id=0', '0'],
  ['push-id=1735932161', '1735932161'],
  ['a=b; push-id=12; c=d', '12'],
  ['Push-ID=12', '12'],
  ['push-id={a!"~}', '{a!"~}'],
  ['xpush-id=12', undefined],
  ['push-id=', ''],
  ['a=b;push-id= a b ;c', 'a b'],
  ['', undefined],
  [undefined, undefined],
])('in the cookie %s the push-id is %s', (cookie, id) => {
  expect(pushIdIn(cookie)).toBe(id);
});
