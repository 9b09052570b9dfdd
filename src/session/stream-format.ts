import type { WorkMeter } from '../protocol/work-meter.ts';
import type { WireForm } from '../stream/fan-out/wire-form.ts';
import type { Frame } from '../stream/frame.ts';

/** Reads what one publisher sends in the body of its requests. */
export interface StreamIntake {
  /** Takes bytes over. */
  push(bytes: Buffer): void;
  /** The frames that are complete by now, until the meter is spent. @throws ProtocolError */
  frames(): Iterable<Frame>;
  /** The publisher says that this was all. @throws ProtocolError when something is missing */
  end(): void;
  /** Bytes that have come and are no whole frame yet. */
  readonly partialBytes: number;
  /** What has come, for people, such as `6 tags`. */
  readonly summary: string;
}

/** Which paths mean streams in a format. Paths and names are percent-encoded, and without a query. */
export interface StreamPaths {
  /** The part of a path that names the stream; undefined where the path is none of these. */
  nameIn(path: string): string | undefined;
  /** The path of the stream of a key; undefined where none is for people. */
  pathOf(name: string): string | undefined;
}

/** A way to bring streams over HTTP and WebSocket: which paths mean it, and what is sent and read there. */
export interface StreamFormat {
  readonly paths: StreamPaths;
  /** Who answers requests there, see `HttpSite.dialogues`; without it a GET plays, and a POST or PUT publishes. */
  readonly dialogue?: string;
  readonly contentType: string;
  /** The same media in what each transport puts around it; `raw` where the end of the connection is the end of the body. */
  readonly forms: Readonly<Record<'raw' | 'chunked', WireForm> & { readonly webSocket?: WireForm }>;
  /** What a player is answered whose stream does not come; without it 404. */
  readonly absentStatus?: number;
  /** Tells a relay in the middle of the media which relays bring it. */
  pathNotice(form: WireForm, path: readonly string[]): Buffer;
  /** @param meter - is told how much work the bytes are */
  intake(meter: WorkMeter): StreamIntake;
}

/** The formats that a relay offers. */
export class StreamFormats {
  readonly #formats: readonly StreamFormat[];

  constructor(formats: readonly StreamFormat[]) {
    this.#formats = formats;
  }

  /** The format that a path asks for, and of which stream. */
  find(path: string): { readonly format: StreamFormat; readonly name: string } | undefined {
    for (const format of this.#formats) {
      const name = format.paths.nameIn(path);
      if (name !== undefined) return { format, name };
    }
    return undefined;
  }

  /** The paths of a stream. */
  pathsOf(key: string): string[] {
    const name = key.split('/').map(encodeURIComponent).join('/');
    return this.#formats.flatMap(({ paths }) => paths.pathOf(name) ?? []);
  }
}

/** The paths that end with an extension, such as `.flv`. */
export function extensionPaths(extension: string): StreamPaths {
  return {
    nameIn: (path) => (path.endsWith(extension) ? path.slice(0, -extension.length) : undefined),
    pathOf: (name) => `/${name}${extension}`,
  };
}
