/**
 * What decoders of the two commonest codecs are told before the first frame, in the data of a `sequenceStart`. The other codecs have
 * records of their own, which are passed on as they are.
 */
import { bufferView } from '../../bytes/buffer-view.ts';

/** What an AVC decoder is told: AVCDecoderConfigurationRecord. @see ISO/IEC 14496-15 section 5.3.3.1 */
export interface AvcConfig {
  /** profile_idc, such as 66 baseline, 77 main, 100 high. */
  readonly profile: number;
  /** The byte of constraint flags between profile and level. */
  readonly constraints: number;
  /** level_idc, ten times the level: 31 for 3.1. */
  readonly level: number;
  /** Bytes of the length in front of each NAL unit of a frame: 1, 2 or 4. */
  readonly nalLengthBytes: number;
  /** Sequence parameter sets, without start codes. When decoded, views. */
  readonly sps: readonly Uint8Array[];
  /** Picture parameter sets. When decoded, views. */
  readonly pps: readonly Uint8Array[];
  /** What stands behind them, of the high profiles: chroma format, bit depths and extensions of parameter sets. */
  readonly extension: Uint8Array;
}

/** What an AAC decoder is told: AudioSpecificConfig. @see ISO/IEC 14496-3 section 1.6.2.1 */
export interface AacConfig {
  /** Audio object type: 2 for AAC-LC, 5 for HE-AAC, 29 for HE-AAC v2; up to 94. */
  readonly objectType: number;
  /** Hz. */
  readonly sampleRate: number;
  /** Channel configuration: 1 to 6 is as many channels, 7 is eight, 0 is said elsewhere. */
  readonly channels: number;
}

const avcConfigVersion = 1;

/** Reads an AVCDecoderConfigurationRecord. Never throws: undefined stands for what is truncated or of another version. */
export function decodeAvcConfig(data: Uint8Array): AvcConfig | undefined {
  const bytes = bufferView(data);
  const [version, profile, constraints, level, lengthSize, spsCount] = bytes;
  if (version !== avcConfigVersion || profile === undefined || constraints === undefined) return undefined;
  if (level === undefined || lengthSize === undefined || spsCount === undefined) return undefined;
  const sps = parameterSets(bytes, 6, spsCount & 0x1f);
  const ppsCount = bytes[sps?.end ?? -1];
  if (sps === undefined || ppsCount === undefined) return undefined;
  const pps = parameterSets(bytes, sps.end + 1, ppsCount);
  if (pps === undefined) return undefined;
  const nalLengthBytes = (lengthSize & 3) + 1;
  const extension = bytes.subarray(pps.end);
  return { profile, constraints, level, nalLengthBytes, sps: sps.sets, pps: pps.sets, extension };
}

/** Writes an AVCDecoderConfigurationRecord. @throws RangeError for more than 31 SPS, 255 PPS, or 65,535 bytes of one */
export function encodeAvcConfig(config: AvcConfig): Buffer {
  const { profile, constraints, level, nalLengthBytes, sps, pps, extension } = config;
  if (sps.length > 31 || pps.length > 255)
    throw new RangeError(`${sps.length} SPS, ${pps.length} PPS: expected up to 31 and 255`);
  const head = Buffer.of(avcConfigVersion, profile, constraints, level, 0xfc | (nalLengthBytes - 1));
  const counts = [Buffer.of(0xe0 | sps.length), Buffer.of(pps.length)] as const;
  return Buffer.concat([head, counts[0], ...withLengths(sps), counts[1], ...withLengths(pps), extension]);
}

/** @see ISO/IEC 14496-3 table 1.18 */
const sampleRates = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
] as const;
/** Object types up to this have five bits, and the others six behind it. */
const escapedObjectType = 31;
/** Stands for a sample rate that is written out, 24 bits. */
const writtenOutRate = 15;

/** Reads the beginning of an AudioSpecificConfig. Never throws: undefined stands for what is truncated or reserved. */
export function decodeAacConfig(data: Uint8Array): AacConfig | undefined {
  let at = 0;
  const take = (bits: number): number => {
    let value = 0;
    for (const end = at + bits; at < end; at++)
      value = value * 2 + (((data[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return value;
  };
  const short = take(5);
  const objectType = short === escapedObjectType ? 32 + take(6) : short;
  const index = take(4);
  const sampleRate = index === writtenOutRate ? take(24) : sampleRates[index];
  const channels = take(4);
  if (objectType === 0 || sampleRate === undefined || at > data.length * 8) return undefined;
  return { objectType, sampleRate, channels };
}

/**
 * Writes an AudioSpecificConfig of an object type that needs no more than this: AAC-LC, in frames of 1,024 samples.
 * @throws RangeError for an object type over 94, a sample rate of more than 24 bits, over 15 channels
 */
export function encodeAacConfig({ objectType, sampleRate, channels }: AacConfig): Buffer {
  let bits = '';
  const put = (value: number, size: number): void => {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** size)
      throw new RangeError(`${value}, expected ${size} bits`);
    bits += value.toString(2).padStart(size, '0');
  };
  if (objectType >= escapedObjectType) put(escapedObjectType, 5);
  put(
    objectType >= escapedObjectType ? objectType - 32 : objectType,
    objectType >= escapedObjectType ? 6 : 5,
  );
  const index = sampleRates.indexOf(sampleRate as (typeof sampleRates)[number]);
  put(index === -1 ? writtenOutRate : index, 4);
  if (index === -1) put(sampleRate, 24);
  put(channels, 4);
  const padded = bits.padEnd(Math.ceil((bits.length + 3) / 8) * 8, '0'); // three flags of GASpecificConfig, all 0
  return Buffer.from(padded.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
}

function parameterSets(
  bytes: Buffer,
  start: number,
  count: number,
): { readonly sets: readonly Uint8Array[]; readonly end: number } | undefined {
  const sets: Uint8Array[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (at + 2 > bytes.length) return undefined;
    const end = at + 2 + bytes.readUInt16BE(at);
    if (end > bytes.length) return undefined;
    sets.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return { sets, end: at };
}

function withLengths(sets: readonly Uint8Array[]): Uint8Array[] {
  return sets.flatMap((set) => {
    const length = Buffer.allocUnsafe(2);
    length.writeUInt16BE(set.length);
    return [length, set];
  });
}
