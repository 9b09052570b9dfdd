import type { Spread, StreamStats, TrackStats } from '../../inspect/stream-stats.ts';
import type { TcpCounts } from '../../protocol/capture/tcp-stream.ts';
import { bitRate, briefTime, bytes, count } from '../ctl/terminal/figures.ts';
import { type Line, line, type Tone } from '../ctl/terminal/line.ts';

/** From here on a player with a usual buffer stops, milliseconds. */
const NOTABLE_LATENESS_MS = 1000;
const NOTABLE_SKEW_MS = 500;
const NOTABLE_SILENCE_MS = 1000;

/** What a stream is like, for people. @param transport - how its flow came, where that is known */
export function statsLines(stream: StreamStats, transport: TcpCounts | undefined): readonly Line[] {
  const { flow, messageStreamId, durationMs, video, audio } = stream;
  const row = (name: string, text: string, tone?: Tone): Line =>
    line([`  ${name.padEnd(20)}`, 'quiet'], [text, tone]);
  const rate = durationMs > 0 ? (8000 * stream.bytes) / durationMs : undefined;
  const ends = flow.from === undefined ? flow.source : `${flow.from} to ${flow.to}`;
  return [
    line([`${flow.id} message stream ${messageStreamId}, ${ends}`, 'heading']),
    row('bytes', `${bytes(stream.bytes)} in ${briefTime(durationMs / 1000)}, ${bitRate(rate)}`),
    ...(stream.bitsPerSecond.count > 0
      ? [row('bits by the second', spreadText(stream.bitsPerSecond, bitRate))]
      : []),
    row('messages', [...stream.kinds].map(([kind, number]) => `${kind} ${count(number)}`).join(', ')),
    ...(video === undefined ? [] : [row('video', trackText(video))]),
    ...(audio === undefined ? [] : [row('audio', trackText(audio))]),
    ...(stream.keyframes > 0
      ? [row('keyframes', `${count(stream.keyframes)}${intervalText(stream.keyframeIntervals)}`)]
      : []),
    ...(stream.skew.count > 0
      ? [
          row(
            'video before audio',
            spreadText(stream.skew, ms),
            Math.max(-stream.skew.least, stream.skew.most) > NOTABLE_SKEW_MS ? 'warning' : undefined,
          ),
        ]
      : []),
    ...(stream.lateness.count > 0
      ? [
          row(
            'late by',
            spreadText(stream.lateness, ms),
            stream.lateness.most > NOTABLE_LATENESS_MS ? 'warning' : undefined,
          ),
          row(
            'longest silence',
            `${ms(stream.longestSilenceMs)}, before byte ${count(stream.longestSilenceAt)}`,
            stream.longestSilenceMs > NOTABLE_SILENCE_MS ? 'warning' : undefined,
          ),
        ]
      : []),
    ...(video === undefined && audio === undefined
      ? []
      : [row('timestamp jumps', count(stream.jumpCount), stream.jumpCount > 0 ? 'warning' : undefined)]),
    ...stream.jumps.map(({ offset, kind, fromMs, toMs }) =>
      row('', `${kind} from ${fromMs} to ${toMs}, at byte ${count(offset)}`, 'warning'),
    ),
    ...(transport === undefined ? [] : [row('TCP', transportText(transport), toneOf(transport))]),
  ];
}

function trackText({ frames, firstMs, lastMs }: TrackStats): string {
  const seconds = ((lastMs - firstMs) | 0) / 1000;
  const rate = seconds > 0 && frames > 1 ? `, ${((frames - 1) / seconds).toFixed(2)} a second` : '';
  return `${count(frames)} frames, t ${firstMs} to ${lastMs}${rate}`;
}

function intervalText(intervals: Spread): string {
  return intervals.count === 0 ? '' : `, every ${spreadText(intervals, ms)}`;
}

function spreadText(spread: Spread, text: (value: number) => string): string {
  return `${text(spread.least)} to ${text(spread.most)}, on average ${text(spread.mean)}`;
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

function transportText(counts: TcpCounts): string {
  const { retransmissions, retransmittedBytes, reordered, gaps, lostBytes } = counts;
  return [
    `${count(retransmissions)} segments came twice (${bytes(retransmittedBytes)})`,
    `${count(reordered)} out of order`,
    `${count(gaps)} gaps (${bytes(lostBytes)} not in the capture)`,
  ].join(', ');
}

function toneOf({ retransmissions, gaps }: TcpCounts): Tone | undefined {
  return retransmissions > 0 || gaps > 0 ? 'warning' : undefined;
}
