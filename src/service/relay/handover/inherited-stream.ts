import type { Upstream, UpstreamEnd, UpstreamEvents } from '../../../session/upstream/upstream.ts';
import type { Frame } from '../../../stream/frame.ts';
import type { Source, SourceOrigin } from '../../../stream/source.ts';
import type { Publication, StreamRegistry } from '../../../stream/stream-registry.ts';

/** What an inherited stream needs. */
export interface InheritedStreamHost {
  readonly relayId: string;
  readonly registry: StreamRegistry;
  open(events: UpstreamEvents): Upstream;
  /** It comes no more. */
  onOver(): void;
}

/** A stream whose publisher is still with the relay before: comes from there until the publisher has come here, or the other has ended. */
export class InheritedStream implements UpstreamEvents, Source {
  readonly isInherited = true;
  readonly address = 'the relay before';
  readonly origin: SourceOrigin;
  readonly #key: string;
  readonly #host: InheritedStreamHost;
  readonly #upstream: Upstream;
  #publication: Publication | undefined;
  #path: readonly string[] = [];
  #isOver = false;

  constructor(key: string, url: string, host: InheritedStreamHost) {
    this.#key = key;
    this.#host = host;
    this.origin = { type: 'pull', protocol: 'rtmp', url };
    this.#upstream = host.open(this);
  }

  get isFlowing(): boolean {
    return this.#publication !== undefined;
  }

  get path(): readonly string[] {
    return this.#path;
  }

  /** Leaves the other relay. */
  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#upstream.close();
    this.#publication?.leave('lost'); // its publisher is about to come
    this.#host.onOver();
  }

  onStart(path: readonly string[]): void {
    this.onPath(path);
  }

  onPath(path: readonly string[]): void {
    this.#path = path;
    if (path.includes(this.#host.relayId)) this.close();
    else this.#publication?.announcePath();
  }

  onMedia(frame: Frame): void {
    if (this.#isOver) return;
    this.#publication ??= this.#attach();
    this.#publication?.receive(frame);
  }

  onDry(): void {}

  onReconnectRequest(): void {}

  onEnd(_end: UpstreamEnd): void {
    this.close();
  }

  /** Its publisher has come. */
  onReplaced(): void {
    this.#publication = undefined;
    this.close();
  }

  /** Whoever has the stream meanwhile keeps it. */
  #attach(): Publication | undefined {
    const { registry } = this.#host;
    if (registry.get(this.#key)?.source === undefined) return registry.attach(this.#key, this);
    this.close();
    return undefined;
  }
}
