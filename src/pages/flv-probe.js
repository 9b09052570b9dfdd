// @ts-check

/**
 * A codec of an FLV stream: its name for people, and what to ask the browser whether it plays it; without `type` the player
 * cannot bring it to the browser at all.
 * @typedef {{ readonly name: string, readonly type?: string }} Codec
 */

/** Video codecs by CodecID or FourCC. @type {Readonly<Record<string, Codec>>} */
const videoCodecs = {
  2: { name: 'Sorenson H.263' },
  3: { name: 'Screen Video' },
  4: { name: 'VP6' },
  5: { name: 'VP6' },
  6: { name: 'Screen Video 2' },
  7: { name: 'H.264', type: 'video/mp4; codecs="avc1.42E01E"' },
  12: { name: 'H.265 (HEVC)', type: 'video/mp4; codecs="hvc1.1.6.L93.B0"' },
  hvc1: { name: 'H.265 (HEVC)', type: 'video/mp4; codecs="hvc1.1.6.L93.B0"' },
  av01: { name: 'AV1', type: 'video/mp4; codecs="av01.0.04M.08"' },
  avc1: { name: 'H.264 in enhanced FLV' },
  vp08: { name: 'VP8' },
  vp09: { name: 'VP9' },
  vvc1: { name: 'H.266 (VVC)' },
};

/** Audio codecs by SoundFormat or FourCC. @type {Readonly<Record<string, Codec>>} */
const audioCodecs = {
  0: { name: 'PCM' },
  1: { name: 'ADPCM' },
  2: { name: 'MP3', type: 'audio/mpeg' },
  3: { name: 'PCM', type: 'audio/mp4; codecs="ipcm"' },
  4: { name: 'Nellymoser' },
  5: { name: 'Nellymoser' },
  6: { name: 'Nellymoser' },
  7: { name: 'G.711' },
  8: { name: 'G.711' },
  10: { name: 'AAC', type: 'audio/mp4; codecs="mp4a.40.2"' },
  11: { name: 'Speex' },
  14: { name: 'MP3' },
  Opus: { name: 'Opus', type: 'audio/mp4; codecs="opus"' },
  fLaC: { name: 'FLAC', type: 'audio/mp4; codecs="flac"' },
  mp4a: { name: 'AAC in enhanced FLV' },
  '.mp3': { name: 'MP3 in enhanced FLV' },
  'ac-3': { name: 'AC-3' },
  'ec-3': { name: 'E-AC-3' },
};

/** File header and the first PreviousTagSize, bytes. */
const FILE_HEADER = 13;
const TAG_HEADER = 11;
/** How much of a tag's payload tells its codec, bytes. */
const CODEC_BYTES = 5;
const AUDIO = 8;
const VIDEO = 9;
const ENHANCED_AUDIO = 9;

/** From this packet type on, an enhanced tag has no FourCC where the others have it. */
const FIRST_UNPLAIN_VIDEO = 6;
const FIRST_UNPLAIN_AUDIO = 5;
const VIDEO_COMMAND = 5;

/** Looks along while an FLV stream arrives, cut anywhere, and notes its codecs. */
export class FlvProbe {
  /** Which kinds of media the file header announces; undefined until it is there. @type {{ audio: boolean, video: boolean } | undefined} */
  announced;
  /** @type {Codec | undefined} */
  audio;
  /** @type {Codec | undefined} */
  video;
  /** The beginning of the file or of a tag, as far as it is there. */
  #head = new Uint8Array(TAG_HEADER + CODEC_BYTES);
  #headBytes = 0;
  #wanted = FILE_HEADER;
  /** Bytes to pass over until the next tag. */
  #skip = 0;

  /** Whether the codecs of all kinds are known that the file header announces. */
  get isComplete() {
    if (this.announced === undefined) return false;
    const { audio, video } = this.announced;
    const hasAudio = this.audio !== undefined;
    const hasVideo = this.video !== undefined;
    return (hasAudio || hasVideo) && (hasAudio || !audio) && (hasVideo || !video);
  }

  /** @param {Uint8Array} bytes - the next bytes of the stream; not kept */
  push(bytes) {
    let at = 0;
    while (at < bytes.length) {
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, bytes.length - at);
        this.#skip -= passed;
        at += passed;
        continue;
      }
      const part = bytes.subarray(at, at + this.#wanted - this.#headBytes);
      this.#head.set(part, this.#headBytes);
      this.#headBytes += part.length;
      at += part.length;
      if (this.#headBytes === this.#wanted) this.#onHead();
    }
  }

  #onHead() {
    const head = this.#head;
    if (this.announced === undefined) {
      const flags = head[4] ?? 0;
      this.announced = { audio: (flags & 4) !== 0, video: (flags & 1) !== 0 };
      this.#next(0);
      return;
    }
    const size = ((head[1] ?? 0) << 16) | ((head[2] ?? 0) << 8) | (head[3] ?? 0);
    const seen = Math.min(size, CODEC_BYTES);
    if (this.#headBytes === TAG_HEADER && seen > 0) {
      this.#wanted = TAG_HEADER + seen;
      return;
    }
    if (seen > 0) this.#onTag((head[0] ?? 0) & 0x1f, head.subarray(TAG_HEADER, TAG_HEADER + seen));
    this.#next(size - seen + 4);
  }

  /** @param {number} skip */
  #next(skip) {
    this.#skip = skip;
    this.#headBytes = 0;
    this.#wanted = TAG_HEADER;
  }

  /** @param {number} type @param {Uint8Array} payload - its first bytes */
  #onTag(type, payload) {
    const first = payload[0] ?? 0;
    const fourCc = String.fromCharCode(...payload.subarray(1, 5));
    if (type === VIDEO) {
      const isEnhanced = (first & 0x80) !== 0;
      const frameType = (first >> 4) & 7;
      if (frameType === VIDEO_COMMAND || (isEnhanced && (first & 15) >= FIRST_UNPLAIN_VIDEO)) return;
      const id = isEnhanced ? fourCc : String(first & 15);
      this.video = videoCodecs[id] ?? { name: id };
    } else if (type === AUDIO) {
      const isEnhanced = first >> 4 === ENHANCED_AUDIO;
      if (isEnhanced && (first & 15) >= FIRST_UNPLAIN_AUDIO) return;
      const id = isEnhanced ? fourCc : String(first >> 4);
      this.audio = audioCodecs[id] ?? { name: id };
    }
  }
}
