/** ASF of the test media, as ffmpeg writes it: WMV2 and wmav2 in packets of 3,200 bytes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bbbPath } from '../media.ts';
import { runTool } from '../run-tool.ts';
import { fieldsOf } from './packet-fields.ts';

/** A whole ASF file, cut into what travels by itself. */
export interface AsfFilm {
  /** The Header Object and the first 50 bytes of the Data Object, as of a live stream. */
  readonly header: Buffer;
  /** Each of the full size. */
  readonly packets: readonly Buffer[];
}

/** What is in a film. */
export type FilmKind = 'both' | 'audio' | 'two videos';

/** What a film is made of; 10 s of {@link bbbPath} without anything. */
export interface FilmOptions {
  readonly kind?: FilmKind;
  /** How much of the clip, seconds. */
  readonly seconds?: number;
  /** How often it is repeated. */
  readonly times?: number;
  /** Width of the picture; another one makes another header. */
  readonly width?: number;
  /** Bits per second of the picture, as ffmpeg reads it. */
  readonly bitRate?: string;
  /** From one keyframe to the next, frames. */
  readonly keyframeEvery?: number;
}

const maps: Readonly<Record<FilmKind, readonly string[]>> = {
  both: ['-map', '0:v', '-map', '0:a'],
  audio: ['-map', '0:a'],
  'two videos': ['-map', '0:v', '-map', '0:v', '-map', '0:a', '-s:v:1', '160x90'],
};

/** What ffmpeg is told of what it makes; video is stream 1. */
function filmOutput({
  kind = 'both',
  seconds = 10,
  width = 320,
  bitRate = '400k',
  keyframeEvery = 25,
}: FilmOptions = {}): string[] {
  const height = (width * 9) / 16;
  const video = [
    '-c:v',
    'wmv2',
    '-b:v',
    bitRate,
    '-g',
    String(keyframeEvery),
    '-s:v:0',
    `${width}x${height}`,
  ];
  const exact = ['-fflags', '+bitexact', '-flags:v', '+bitexact', '-flags:a', '+bitexact'];
  return [
    ...['-t', String(seconds), ...maps[kind], ...(kind === 'audio' ? [] : video)],
    ...['-c:a', 'wmav2', '-b:a', '64k', ...exact],
  ];
}

/** Writes a film to a file. @returns its path */
export async function makeFilmFile(folder: string, name: string, options: FilmOptions = {}): Promise<string> {
  const path = join(folder, name);
  const { times = 1 } = options;
  const input = ['-stream_loop', String(times - 1), '-i', bbbPath];
  const output = filmOutput({ ...options, seconds: (options.seconds ?? 10) * times });
  await using ffmpeg = runTool('ffmpeg', ['-nostdin', '-v', 'error', ...input, ...output, '-f', 'asf', path]);
  await ffmpeg.output;
  return path;
}

/** Cuts an ASF file whose packets all have the size that its File Properties Object says. */
export async function readFilm(path: string): Promise<AsfFilm> {
  const file = await readFile(path);
  const headerBytes = Number(file.readBigUInt64LE(16)) + 50;
  const header = file.subarray(0, headerBytes);
  const size = packetBytesOf(header);
  const count = Number(header.readBigUInt64LE(headerBytes - 50 + 40));
  const packets = Array.from({ length: count }, (_, index) => {
    const at = headerBytes + index * size;
    return file.subarray(at, at + size);
  });
  return { header: asBroadcast(header), packets };
}

const filePropertiesId = Buffer.from('a1dcab8c47a9cf118ee400c00c205365', 'hex');

/** The size of packets of a header, bytes. @see ASF 01.20.05 section 3.2 */
export function packetBytesOf(header: Buffer): number {
  return header.readUInt32LE(header.indexOf(filePropertiesId) + 92);
}

/** A header as of a live stream: broadcast, and how much there will be is not known. @see ASF 01.20.05 section 3.2 */
function asBroadcast(header: Buffer): Buffer {
  const live = Buffer.from(header);
  const at = live.indexOf(filePropertiesId);
  live.fill(0, at + 40, at + 48); // file size
  live.fill(0, at + 56, at + 80); // packets, play duration, send duration
  live.writeUInt32LE(1, at + 88); // flags: broadcast, not seekable
  const data = live.length - 50;
  live.writeBigUInt64LE(50n, data + 16); // as ffmpeg says; at 0 libmms 0.6.4 turns in a circle
  live.fill(0, data + 40, data + 48);
  return live;
}

/** The time at which a packet is to be sent, ms. */
export function sendTimeOf(packet: Buffer): number {
  return fieldsOf(packet).sendTimeMs;
}

/** A packet without its padding, as pushers send it. @see MS-WMSP section 2.2.3.3 */
export function withoutPadding(packet: Buffer): Buffer {
  const { paddingAt, paddingFieldBytes } = fieldsOf(packet);
  if (paddingFieldBytes === 0) return packet;
  const padding = packet.readUIntLE(paddingAt, paddingFieldBytes);
  const cut = Buffer.from(packet.subarray(0, packet.length - padding));
  cut.fill(0, paddingAt, paddingAt + paddingFieldBytes);
  return cut;
}
