import type { CodedFrame, Frame, HeaderFrame, MetadataFrame } from './frame.ts';
import { timestampDistance } from './timeline.ts';

/** What the cache of one stream may hold. */
export interface CacheLimits {
  /** Payload bytes of the keyframe group, and as many again of metadata and headers. */
  readonly maxBytes: number;
  /** Length of the keyframe group, milliseconds. */
  readonly maxDurationMs: number;
}

/** A frame that a decoder needs first, with the version of the cache that it made. */
export interface Preface {
  readonly frame: MetadataFrame | HeaderFrame;
  readonly version: number;
}

/**
 * What a player that joins late is sent: the latest onMetaData, the latest header of every kind and track, and the current
 * keyframe group of the default video track. Without video there is no group, so nothing accumulates.
 */
export class StreamCache {
  readonly #limits: CacheLimits;
  readonly #prefaces = new Map<string, Preface>();
  #prefaceBytes = 0;
  #snapshot: readonly Preface[] | undefined;
  #version = 0;
  #group: Frame[] = [];
  #groupBytes = 0;
  #keyframe: CodedFrame | undefined;

  constructor(limits: CacheLimits) {
    this.#limits = limits;
  }

  /** Grows with every metadata or header frame that is remembered. */
  get version(): number {
    return this.#version;
  }

  /** Payload bytes held. */
  get bytes(): number {
    return this.#prefaceBytes + this.#groupBytes;
  }

  /** The keyframe that the group begins with; undefined while there is no group. */
  get keyframe(): CodedFrame | undefined {
    return this.#keyframe;
  }

  /** The keyframe and everything since, in order; empty while there is no group. Not to be changed. */
  get group(): readonly Frame[] {
    return this.#group;
  }

  /** Metadata and headers as they are now, each frame once, oldest first after the metadata. */
  get prefaces(): readonly Preface[] {
    this.#snapshot ??= this.#takeSnapshot();
    return this.#snapshot;
  }

  /** Takes a frame as it goes out to the players. */
  remember(frame: Frame): void {
    if (frame.role === 'metadata') this.#setPreface(['metadata'], frame);
    else if (frame.role === 'header') this.#setPreface(frame.headerKeys, frame);
    else if (frame.role === 'coded' && frame.isKeyframe) this.#beginGroup(frame);
    if (this.#keyframe !== undefined) this.#extendGroup(this.#keyframe, frame);
  }

  /** Forgets everything but the version. */
  clear(): void {
    this.#prefaces.clear();
    this.#prefaceBytes = 0;
    this.#snapshot = undefined;
    this.#dropGroup();
  }

  /** A header that does not fit is sent to those who are there and kept for nobody. */
  #setPreface(keys: readonly string[], frame: MetadataFrame | HeaderFrame): void {
    for (const key of keys) {
      const old = this.#prefaces.get(key);
      if (old === undefined) continue;
      this.#prefaceBytes -= old.frame.payload.length;
      this.#prefaces.delete(key); // set anew below, so that the order is that of arrival
    }
    this.#snapshot = undefined;
    if (this.#prefaceBytes + keys.length * frame.payload.length > this.#limits.maxBytes) return;
    this.#version++;
    for (const key of keys) {
      this.#prefaces.set(key, { frame, version: this.#version });
      this.#prefaceBytes += frame.payload.length;
    }
  }

  #takeSnapshot(): readonly Preface[] {
    const metadata = this.#prefaces.get('metadata');
    const seen = new Set<Frame>();
    const snapshot = metadata === undefined ? [] : [metadata];
    for (const preface of this.#prefaces.values()) {
      if (preface !== metadata && !seen.has(preface.frame)) snapshot.push(preface);
      seen.add(preface.frame);
    }
    return snapshot;
  }

  #beginGroup(keyframe: CodedFrame): void {
    this.#dropGroup();
    this.#keyframe = keyframe;
  }

  /** Over a bound the group goes at once: half of one is of no use, and the next keyframe begins another. */
  #extendGroup(keyframe: CodedFrame, frame: Frame): void {
    this.#group.push(frame);
    this.#groupBytes += frame.payload.length;
    const durationMs = timestampDistance(frame.timestamp, keyframe.timestamp);
    if (this.#groupBytes > this.#limits.maxBytes || durationMs > this.#limits.maxDurationMs)
      this.#dropGroup();
  }

  #dropGroup(): void {
    this.#group = [];
    this.#groupBytes = 0;
    this.#keyframe = undefined;
  }
}
