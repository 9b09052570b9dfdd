import { answerRequest } from '../../../src/service/admin/snmp/answer.ts';
import { BerError } from '../../../src/service/admin/snmp/ber.ts';
import { Figures } from '../../../src/service/admin/snmp/figures.ts';
import { decodeMessage } from '../../../src/service/admin/snmp/message.ts';
import { decodeRequest } from '../../../src/service/admin/snmp/pdu.ts';
import { makeView, StreamNumbers } from '../../../src/service/admin/snmp/streampump-mib.ts';
import { UserSecurity } from '../../../src/service/admin/snmp/user-security.ts';
import { houseMessage } from '../../../src/service/fleet-link/house-message.ts';
import { LinkMessageError, readMessage } from '../../../src/service/fleet-link/read-message.ts';
import { relayMessage } from '../../../src/service/fleet-link/relay-message.ts';
import { readHookAnswer } from '../../../src/service/hooks/asked/hook-answer.ts';
import { presetOf } from '../../../src/service/hooks/presets/presets.ts';
import { blankRecord, readRecord, recordText } from '../../../src/service/house/store/decision-record.ts';
import { StoreError } from '../../../src/service/house/store/house-store.ts';
import { readNews } from '../../../src/service/house/store/news-message.ts';
import { FuzzFault } from '../engine/fuzz-target.ts';
import { jsonTokens } from './seed-material.ts';
import { bytesTarget, type TargetPlan, textTarget } from './target-plan.ts';

const messageTokens = [...jsonTokens, '-1', '0.5', '"type":"', '"__proto__":{', '\\u0000', '\ud800'];

const relaySays: readonly unknown[] = [
  { type: 'hello', version: 1, software: 'streampump 1.0', instance: 'i1', revision: null },
  {
    ...{
      type: 'telemetry',
      whole: true,
      more: false,
      state: 'ready',
      players: 2,
      publishers: 1,
      sentBitsPerSecond: 1e6,
    },
    ...{ receivedBitsPerSecond: 5e5, config: { revision: null, problem: null } },
    streams: [
      {
        key: 'live/a',
        state: 'live',
        players: 2,
        receivedBitsPerSecond: 5e5,
        keyframeAgeSeconds: 0.5,
        source: 'publisher',
      },
    ],
    joined: [
      {
        id: 'c1',
        uid: null,
        identity: null,
        address: '192.0.2.1',
        protocol: 'rtmp',
        stream: 'live/a',
        since: 1,
      },
    ],
    left: [{ id: 'c2', bytes: 10, seconds: 1, reason: 'closed' }],
  },
  { type: 'ack', id: '1', problem: null, ended: 1, roundTrips: { r1: 1.5 } },
];
const houseSays: readonly unknown[] = [
  { type: 'welcome', version: 1, name: 'house', telemetryIntervalMs: 1000 },
  {
    type: 'config',
    id: '1',
    revision: 'r',
    settings: {
      streams: [{ match: '**' }],
      limits: { players: 1, sentBitsPerSecond: null },
      access: { permitKeys: { k: 'x' }, houseOnly: false },
    },
  },
  {
    type: 'kick',
    id: '2',
    session: null,
    uid: 'u',
    identity: null,
    address: null,
    stream: null,
    reason: 'x',
  },
  { type: 'bans', id: '3', bans: [{ kind: 'address', value: '192.0.2.1', until: 1 }] },
  { type: 'measure', id: '4', targets: [{ relay: 'r', url: 'rtmp://h' }] },
];
const news: readonly unknown[] = [
  { from: 'h1', news: { what: 'placed', places: [['live/a', 'r1', 1]] } },
  {
    from: 'h1',
    news: { what: 'report', relay: 'r', software: 's', instance: 'i', linkedAt: 1, telemetry: relaySays[1] },
  },
  { from: 'h1', news: { what: 'instruct', id: '1', relay: 'r', instruction: houseSays[2] } },
];
const texts = (values: readonly unknown[]): string[] => values.map((value) => JSON.stringify(value));

/** GET, GETNEXT and GETBULK by version 2c, and what version 3 begins with. */
const datagrams: readonly Buffer[] = [
  '302902010104067075626c6963a01c02047fffffff020100020100300e300c06082b060102010105000500',
  '302902010104067075626c6963a11c02040a0b0c0d020100020100300e300c06082b060102010101000500',
  '302602010104067075626c6963a5190204000000010201000201323 00b300906052b060102010500'.replaceAll(' ', ''),
  '303e020103301102047069a5c1020300ffe304010402010304103 00e0400020100020100040004000400301404000400a00e0204297fdf5d0201000201003000'.replaceAll(
    ' ',
    '',
  ),
].map((hex) => Buffer.from(hex, 'hex'));

const engine = { id: Buffer.from('80001f8805aabbccddeeff', 'hex'), boots: 1, time: () => 1 };
const users = new UserSecurity([], engine);
const facts = { name: 'r', version: '1', uptimeMs: 1, dropped: 0, readiness: 'ready' } as const;
const view = makeView(new Figures([]), facts, new StreamNumbers());
const MAX_ANSWER_BYTES = 1400;

export const linkTargets: Readonly<Record<string, TargetPlan>> = {
  'relay-message': bytesTarget(
    { seeds: () => texts(relaySays).map((text) => Buffer.from(text)), tokens: messageTokens },
    (bytes) => readMessage(relayMessage, bytes),
    [LinkMessageError],
  ),
  'house-message': bytesTarget(
    { seeds: () => texts(houseSays).map((text) => Buffer.from(text)), tokens: messageTokens },
    (bytes) => readMessage(houseMessage, bytes),
    [LinkMessageError],
  ),
  'house-news': textTarget({ seeds: () => texts(news), tokens: messageTokens }, (text) => readNews(text), []),
  'decision-record': textTarget(
    { seeds: () => [recordText(blankRecord())], tokens: messageTokens },
    (text) => readRecord(text),
    [StoreError],
  ),
  'hook-answer': textTarget(
    {
      seeds: () => [
        '{"allow":true,"rename":"live/b","limits":{"maxBitsPerSecond":1},"until":"2030-01-01T00:00:00Z"}',
        '{"redirect":"rtmp://h/live/a","message":"no"}',
        '{"code":0}',
        '1',
      ],
      tokens: [...messageTokens, '"redirect":', '"allow":', 'rtmp://', '\\n'],
    },
    (text) => {
      const subject = {
        stream: 'live/a',
        session: 'c1',
        protocol: 'rtmp',
        address: '192.0.2.1',
        client: '',
        isTls: false,
        query: '',
        identity: undefined,
        sentQuery: '',
        page: '',
        tcUrl: '',
        swfUrl: '',
      };
      const answers = (['nginx-rtmp', 'srs'] as const).flatMap((name) =>
        [200, 302, 404].map((status) =>
          presetOf(name, 'r')?.read({ call: 'play', subject } as never, {
            status,
            location: text.slice(0, 100),
            body: text,
          }),
        ),
      );
      return [readHookAnswer(text, () => {}), answers];
    },
    [],
  ),
  snmp: bytesTarget(
    {
      seeds: () => datagrams,
      tokens: [
        '3000',
        '0200',
        '0400',
        '0600',
        '0500',
        '3084ffffffff',
        '3080',
        '0281ff',
        'a0',
        'a5',
        '06082b0601020101',
        '06ff',
      ].map((hex) => Buffer.from(hex.length % 2 ? `${hex}0` : hex, 'hex')),
    },
    (bytes) => {
      const message = decodeMessage(bytes);
      if (message.version === 3) {
        const opened = users.open(message);
        return 'fault' in opened ? opened.report : 'opened';
      }
      const answer = answerRequest(decodeRequest(message.pdu), view, MAX_ANSWER_BYTES);
      if (answer.length > MAX_ANSWER_BYTES + bytes.length + 100)
        throw new FuzzFault('answer', `${answer.length} bytes`);
      return answer;
    },
    [BerError],
  ),
};
