import type { WireForm } from '../stream/fan-out/wire-form.ts';
import type { Frame } from '../stream/frame.ts';

/** Reads what one publisher sends in the body of its requests. */
export interface StreamIntake {
  /** Takes bytes and gives the frames that they complete. @throws ProtocolError */
  receive(bytes: Buffer): Iterable<Frame>;
  /** The publisher says that this was all. @throws ProtocolError when something is missing */
  end(): void;
  /** What has come, for people, such as `6 tags`. */
  readonly summary: string;
}

/** A way to bring streams over HTTP and WebSocket: which paths mean it, and what is sent and read there. */
export interface StreamFormat {
  /** What the path of a stream ends with, such as `.flv`. */
  readonly extension: string;
  readonly contentType: string;
  /** The same media in what each transport puts around it; `raw` where the end of the connection is the end of the body. */
  readonly forms: Readonly<Record<'raw' | 'chunked' | 'webSocket', WireForm>>;
  /** Tells a relay in the middle of the media which relays bring it. */
  pathNotice(form: WireForm, path: readonly string[]): Buffer;
  intake(): StreamIntake;
}

/** The formats that a relay offers. */
export class StreamFormats {
  readonly #formats: readonly StreamFormat[];

  constructor(formats: readonly StreamFormat[]) {
    this.#formats = formats;
  }

  /** The format that a path asks for. @param path - without its query */
  of(path: string): StreamFormat | undefined {
    return this.#formats.find(({ extension }) => path.endsWith(extension));
  }

  /** The paths at which a stream is to be had. */
  pathsOf(key: string): string[] {
    const path = key.split('/').map(encodeURIComponent).join('/');
    return this.#formats.map(({ extension }) => `/${path}${extension}`);
  }
}
