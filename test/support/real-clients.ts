/** RTMP clients that nobody here wrote, each with its own idea of the protocol. Every player writes FLV to standard output. */
import { bbbPath } from './media.ts';
import { type RunningTool, runTool } from './run-tool.ts';

/** How a real client publishes the test media. */
export interface PublishOptions {
  /** Whether media goes out at the pace at which it is shown; else ten times as fast. */
  readonly realTime?: boolean;
  /** How much of it, seconds; all of it (10 s) by default. */
  readonly seconds?: number;
  /** Options of the client's RTMP protocol. ffmpeg only. */
  readonly protocolOptions?: readonly string[];
}

/** Starts a client that publishes to a URL and ends by itself. */
export type Publish = (url: string, options?: PublishOptions) => RunningTool;

/** Starts a client that plays a URL until the stream ends. */
export type Play = (url: string) => RunningTool;

const quiet = ['-hide_banner', '-nostdin', '-v', 'error'];

export const publishWithFfmpeg: Publish = (url, { realTime = false, seconds, protocolOptions = [] } = {}) =>
  runTool('ffmpeg', [
    ...quiet,
    '-readrate',
    realTime ? '1' : '10',
    '-i',
    bbbPath,
    ...(seconds === undefined ? [] : ['-t', String(seconds)]),
    '-c',
    'copy',
    ...protocolOptions,
    '-f',
    'flv',
    url,
  ]);

/** GStreamer's own client. */
export const publishWithRtmp2Sink: Publish = (url) => publishWithGStreamer('rtmp2sink', url);

/** librtmp. */
export const publishWithRtmpSink: Publish = (url) => publishWithGStreamer('rtmpsink', `${url} live=1`);

/** Bits per second that play the test media about ten times as fast as it is shown. */
const maxBitrate = 3_500_000;

function publishWithGStreamer(sink: string, location: string): RunningTool {
  const pipeline = `filesrc location="${bbbPath}" ! flvdemux name=demux
    demux.video ! queue ! h264parse ! mux.video
    demux.audio ! queue ! aacparse ! mux.audio
    flvmux name=mux streamable=true ! ${sink} location="${location}" sync=false max-bitrate=${maxBitrate}`;
  return runTool('gst-launch-1.0', ['-q', ...pipeline.split(/\s+(?!live=1)/)]);
}

/** @param options - of the RTMP protocol, such as `-rtmp_live live` */
export function playWithFfmpeg(url: string, ...options: string[]): RunningTool {
  const output = [
    '-map',
    '0:v',
    '-map',
    '0:a',
    '-c',
    'copy',
    '-f',
    'flv',
    '-flvflags',
    'no_duration_filesize',
  ];
  return runTool('ffmpeg', [...quiet, ...options, '-copyts', '-i', url, ...output, '-']);
}

/** @param options - such as `-v` */
export function playWithRtmpdump(url: string, ...options: string[]): RunningTool {
  return runTool('rtmpdump', [...options, '-r', url, '-o', '-']);
}

export const playWithRtmp2Src: Play = (url) =>
  runTool('gst-launch-1.0', ['-q', 'rtmp2src', `location="${url}"`, '!', 'fdsink', 'fd=1']);

/** The clients that publish, by name. */
export const publishers: Readonly<Record<string, Publish>> = {
  ffmpeg: publishWithFfmpeg,
  'GStreamer rtmp2sink': publishWithRtmp2Sink,
  'librtmp (rtmpsink)': publishWithRtmpSink,
};

/** The clients that play, by name. */
export const players: Readonly<Record<string, Play>> = {
  ffmpeg: playWithFfmpeg,
  'ffmpeg -rtmp_live live': (url) => playWithFfmpeg(url, '-rtmp_live', 'live'),
  rtmpdump: playWithRtmpdump,
  'rtmpdump --live': (url) => playWithRtmpdump(url, '--live'),
  'GStreamer rtmp2src': playWithRtmp2Src,
};
