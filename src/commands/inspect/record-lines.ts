import type { Content, TrackContent } from '../../inspect/content.ts';
import type { AsfContent, Found, InspectRecord } from '../../inspect/record.ts';
import { isFault, typeName } from '../../inspect/stream-stats.ts';
import { count } from '../ctl/terminal/figures.ts';
import { type Line, line, type Tone } from '../ctl/terminal/line.ts';
import { amfText } from './amf-text.ts';

/** Widths of what each line begins with: seconds, flow, offset, and what was found. */
const Width = { time: 10, flow: 6, offset: 11, what: 22 } as const;

/** What was found as a line for people. @param startMs - from which times are counted */
export function recordLine(record: InspectRecord, startMs: number | undefined): Line {
  const { timeMs, flow, offset } = record;
  const time = timeMs === undefined || startMs === undefined ? '' : ((timeMs - startMs) / 1000).toFixed(3);
  const [what, text] = wordsOf(record);
  return line(
    [time.padStart(Width.time), 'quiet'],
    [`  ${flow.id.padEnd(Width.flow)}`, 'accent'],
    [count(offset).padStart(Width.offset), 'quiet'],
    [`  ${what.padEnd(Width.what)}`, toneOf(record)],
    ` ${text}`,
  );
}

function toneOf(record: InspectRecord): Tone | undefined {
  if (isFault(record)) return 'bad';
  if (record.is === 'resumed') return 'warning';
  if (record.is === 'flow' || record.is === 'end') return 'heading';
  if (record.is === 'chunk') return 'quiet';
  return 'content' in record && record.content.is === 'video' && record.content.isKeyframe
    ? 'good'
    : undefined;
}

function wordsOf(record: InspectRecord): readonly [what: string, text: string] {
  const found: Found = record;
  switch (found.is) {
    case 'flow': {
      const { source, from, to, tunnel } = record.flow;
      const ends = from === undefined ? '' : `, ${from} to ${to}`;
      const by = tunnel === undefined ? '' : `, session ${tunnel} of RTMPT`;
      return [found.protocol, `${source}${ends}${by}${found.note === undefined ? '' : `: ${found.note}`}`];
    }
    case 'handshake':
      if (found.part === 'answer') return ['handshake', 'answer'];
      return [
        'handshake',
        `greeting, version ${found.version}, software ${found.software}, ${found.digest === 'none' ? 'no digest' : `digest of a ${found.digest}`}`,
      ];
    case 'chunk':
      return [
        'chunk',
        `fmt ${found.format} cs ${found.chunkStreamId} header ${found.headerBytes} B payload ${count(found.bytes)} B`,
      ];
    case 'message': {
      const { format, chunkStreamId, messageStreamId, type, timestamp, length, chunks, lostBytes } = found;
      const place = `fmt ${format} cs ${chunkStreamId} ms ${messageStreamId} type ${type} ${size(length, lostBytes)} t ${timestamp}`;
      const inChunks = chunks > 1 ? ` in ${chunks} chunks` : '';
      return [contentName(found.content, type), `${place}${inChunks}${contentText(found.content)}`];
    }
    case 'tag': {
      const { type, timestamp, length, lostBytes, content } = found;
      return [
        contentName(content, type),
        `tag type ${type} ${size(length, lostBytes)} t ${timestamp}${contentText(content)}`,
      ];
    }
    case 'packet': {
      const number = found.locationId === undefined ? '' : ` number ${found.locationId}`;
      return [`packet ${found.id}`, `${count(found.length)} B${number}${asfText(found.content)}`];
    }
    case 'http':
      return ['http', [found.line, ...found.headers.map(([name, value]) => `${name}: ${value}`)].join(' | ')];
    case 'fault':
      return ['fault', found.reason];
    case 'resumed':
      return [
        'reads on',
        `as ${found.protocol}, ${count(found.skippedBytes)} bytes later: ${surenessWords[found.sureness]}`,
      ];
    case 'end':
      return ['end', found.inside === undefined ? '' : `inside ${found.inside}`];
    default:
      return found satisfies never;
  }
}

const surenessWords = {
  certain: 'certain, several headers fit',
  likely: 'likely, the next header fits',
  guess: 'a guess, nothing behind it tells',
} as const;

function size(length: number, lostBytes: number): string {
  return lostBytes === 0 ? `${count(length)} B` : `${count(length)} B (${count(lostBytes)} lost)`;
}

function contentName(content: Content, type: number): string {
  switch (content.is) {
    case 'video':
    case 'audio':
    case 'other':
    case 'unreadable':
      return typeName(type);
    default:
      return content.is.replaceAll('-', ' ');
  }
}

function contentText(content: Content): string {
  const text = contentWords(content);
  return text === '' ? '' : `  ${text}`;
}

function contentWords(content: Content): string {
  switch (content.is) {
    case 'set-chunk-size':
      return `${count(content.size)} B`;
    case 'abort':
      return `chunk stream ${content.chunkStreamId}`;
    case 'acknowledgement':
    case 'window-acknowledgement-size':
      return `${count(content.bytes)} B`;
    case 'set-peer-bandwidth':
      return `${count(content.bytes)} B, ${content.limit}`;
    case 'user-control':
      return `${content.event} ${content.value}${content.bufferLengthMs === 0 ? '' : `, ${content.bufferLengthMs} ms`}`;
    case 'command':
      return `${content.name} #${content.transactionId} ${amfText(content.args)}`;
    case 'data':
      return amfText(content.values);
    case 'shared-object':
      return `${content.name}, events ${content.events.slice(0, 32).join(' ')}`;
    case 'video': {
      const { frame, packet, isKeyframe, tracks } = content;
      const what = packet === 'codedFrames' ? (isKeyframe ? 'keyframe' : `${frame} frame`) : packet;
      return `${what}${enhancedText(content)}, ${tracks.map(trackText).join('; ')}`;
    }
    case 'audio':
      return `${content.packet === 'codedFrames' ? 'frame' : content.packet}${enhancedText(content)}, ${content.tracks.map(trackText).join('; ')}`;
    case 'aggregate':
      return content.parts
        .slice(0, 64)
        .map(({ type, timestamp, length }) => `${typeName(type)} ${length} B t ${timestamp}`)
        .join('; ');
    case 'other':
      return content.what;
    case 'unreadable':
      return `cannot be read: ${content.reason}`;
    default:
      return content satisfies never;
  }
}

function enhancedText({
  form,
  timestampOffsetNs,
}: {
  readonly form: string;
  readonly timestampOffsetNs: number;
}): string {
  const offset = timestampOffsetNs === 0 ? '' : `, ${timestampOffsetNs} ns later`;
  return form === 'enhanced' ? ` (enhanced${offset})` : '';
}

function trackText({ trackId, codec, compositionTimeMs = 0, bytes, config }: TrackContent): string {
  return [
    trackId === 0 ? codec : `track ${trackId} ${codec}`,
    `${count(bytes)} B`,
    ...(compositionTimeMs === 0 ? [] : [`shown ${compositionTimeMs} ms later`]),
    ...(config === undefined ? [] : [config]),
  ].join(', ');
}

function asfText(content: AsfContent): string {
  switch (content.is) {
    case 'asf-header':
      return `  ASF header, packets of ${content.packetBytes} B, ${content.streams
        .map(({ number, type, codec }) => `${number} ${type} ${codec}`)
        .join(', ')}`;
    case 'asf-packet': {
      const payloads = content.payloads.map(
        ({ stream, isKey, startsObject, bytes }) =>
          `${stream}${isKey && startsObject ? ' keyframe' : ''} ${bytes} B`,
      );
      return `  t ${content.sendTimeMs}, ${payloads.join(', ')}`;
    }
    case 'end':
      return `  reason ${content.reason}`;
    case 'unreadable':
      return `  cannot be read: ${content.reason}`;
    case 'change':
    case 'other':
      return '';
    default:
      return content satisfies never;
  }
}
