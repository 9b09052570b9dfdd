import { readFileSync } from 'node:fs';
import { ProtocolError } from '../../../src/errors.ts';
import { AsfFormat } from '../../../src/recording/format/asf-format.ts';
import { rereadAsf } from '../../../src/recording/format/asf-recovery.ts';
import { FlvFormat } from '../../../src/recording/format/flv-format.ts';
import { rereadFlv } from '../../../src/recording/format/flv-recovery.ts';
import type { RecordedFormat, Reread } from '../../../src/recording/format/recorded-format.ts';
import {
  decodeFrame,
  frameHeader,
  jsonMessage,
  LinkMessageType,
  LinkReader,
} from '../../../src/recording/link/link-message.ts';
import {
  parseNote,
  parseQuestion,
  parseReason,
  parseWish,
} from '../../../src/recording/link/link-question.ts';
import { RecordingError } from '../../../src/recording/recording-error.ts';
import { parseDescription } from '../../../src/recording/store/description.ts';
import { bbbAsfPath, bbbTags } from '../../support/media.ts';
import { recordedAsfFrames, recordedFrames } from '../../support/recording-scene.ts';
import { bytesFile } from '../../support/sealed-files.ts';
import { FuzzFault, type FuzzTarget } from '../engine/fuzz-target.ts';
import { jsonTokens } from './seed-material.ts';
import { type Material, outcomeOf, planOf, type TargetPlan, textTarget } from './target-plan.ts';

const flvFrames = recordedFrames(bbbTags().slice(0, 40));
const asfFrames = recordedAsfFrames(readFileSync(bbbAsfPath)).slice(0, 12);

/** Head and body as a writer leaves them that was killed. */
const flv = left(FlvFormat.of(flvFrames.slice(0, 1)), flvFrames.slice(1));
const asf = left(new AsfFormat(asfFrames[0]?.payload ?? Buffer.alloc(0)), asfFrames.slice(1));

/** Files whose writer was killed, and what a thread of the relay and the store say to each other. */
export const recordedFileTargets: Readonly<Record<string, TargetPlan>> = {
  'recorded-flv-recovery': planOf(
    { seeds: () => [flv.body, flv.body.subarray(0, -7)], tokens: [Buffer.from('0900', 'hex')] },
    false,
    recovered(flv.head, (body) => rereadFlv({ ...unfinished, body: bytesFile(body) }, flv.head.length)),
  ),
  'recorded-asf-recovery': planOf(
    { seeds: () => [Buffer.concat([asf.head, asf.body])] },
    false,
    async ([bytes = Buffer.alloc(0)]) => {
      const head = bytes.subarray(0, asf.head.length);
      const body = bytes.subarray(head.length);
      const reread = (of: Buffer) => rereadAsf({ ...unfinished, head, body: bytesFile(of) });
      return recovered(head, reread)([body]);
    },
  ),
  'recording-link': planOf(linkMaterial(), true, (pieces) =>
    outcomeOf([Error], (values) => {
      const reader = new LinkReader();
      for (const piece of pieces) {
        reader.push(Buffer.from(piece));
        for (let message = reader.read(); message !== undefined; message = reader.read()) {
          const { type, number, body } = message;
          values.push([type, number, body.toString('hex'), meaningOf(type, body)]);
        }
      }
    }),
  ),
  'recording-description': textTarget(
    {
      seeds: () => [
        JSON.stringify({
          version: 1,
          recording: {
            ...{ key: 'recordings/a/b', stream: 'a', id: 'b', family: 'FLV', state: 'finished', run: 'r' },
            ...{ startedAt: '2026-11-23T00:00:00Z', durationMs: 1, bytes: 2, part: 1 },
            ...{ hasVideo: true, isSealed: false, isUploaded: false },
          },
          headBytes: 100,
          places: { timesMs: [0], offsets: [100], headerOffsets: [] },
          ...{ writer: null, form: null, upload: null },
        }),
      ],
      tokens: [...jsonTokens, '-1', '1e99', '9007199254740993', '"__proto__":{'],
    },
    (text) => parseDescription(text) ?? 'none',
  ),
};

const unfinished = { finish: () => Promise.resolve(), close: () => Promise.resolve() };

function left(
  format: RecordedFormat,
  frames: typeof flvFrames,
): { readonly head: Buffer; readonly body: Buffer } {
  const head = format.head();
  for (const frame of frames) format.take(frame);
  return { head, body: format.drain() };
}

/** What is kept is whole, and is kept as a whole when it is read again. */
function recovered(head: Buffer, reread: (body: Buffer) => Promise<Reread>): FuzzTarget['read'] {
  return async ([body = Buffer.alloc(0)]) => {
    try {
      const { format, bodyBytes } = await reread(body);
      const again = await reread(body.subarray(0, bodyBytes));
      const { timesMs, offsets } = format.places;
      const end = head.length + bodyBytes;
      if (bodyBytes > body.length || again.bodyBytes !== bodyBytes)
        throw new FuzzFault('kept', `${bodyBytes} bytes are kept of ${body.length}, then ${again.bodyBytes}`);
      if (offsets.some((offset, at) => offset < (offsets[at - 1] ?? head.length) || offset >= end))
        throw new FuzzFault('places', `players begin at ${offsets.join()} of ${end} bytes`);
      const made = format.head();
      if (made.length !== head.length) throw new FuzzFault('head', `the head has ${made.length} bytes`);
      return [bodyBytes, timesMs, offsets, format.tail().length, format.facts];
    } catch (error) {
      if (error instanceof RecordingError || error instanceof ProtocolError) return error;
      throw error;
    }
  };
}

function linkMaterial(): Material {
  const [frame] = flvFrames.slice(3);
  const by = 'api:a';
  const says: readonly [type: LinkMessageType, value: unknown][] = [
    [LinkMessageType.begin, { stream: 'live/a', family: 'FLV', run: 'new', part: 1, by }],
    [LinkMessageType.finish, { why: 'done' }],
    [LinkMessageType.ask, { ask: 'read', key: 'recordings/live/a/1', offset: 0, length: 100 }],
    [LinkMessageType.ask, { ask: 'list', stream: 'live/a', after: 'x', limit: 10 }],
    [LinkMessageType.ask, { ask: 'delete', key: 'recordings/live/a/1', by }],
    [LinkMessageType.note, { did: 'play', key: 'recordings/live/a/1', by, outcome: 'ended' }],
  ];
  const messages = says.map(([type, value]) => jsonMessage(type, 1, value));
  if (frame !== undefined) messages.push(Buffer.concat([frameHeader(1, frame), frame.payload]));
  return {
    seeds: () => [...messages, Buffer.concat(messages)],
    tokens: [...jsonTokens, Buffer.from('00000005', 'hex'), Buffer.from('ffffffff', 'hex')],
  };
}

function meaningOf(type: number, body: Buffer): unknown {
  if (type === LinkMessageType.frame) return decodeFrame(body);
  return [parseWish(body), parseQuestion(body), parseNote(body), parseReason(body)];
}
