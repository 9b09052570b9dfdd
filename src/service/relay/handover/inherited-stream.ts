import type { Upstream, UpstreamEnd, UpstreamEvents } from '../../../session/upstream/upstream.ts';
import type { Frame } from '../../../stream/frame.ts';
import type { Source, SourceOrigin } from '../../../stream/source.ts';
import type { Publication, StreamRegistry } from '../../../stream/stream-registry.ts';

/** A way to ask for a stream. */
export interface InheritedWay {
  readonly protocol: string;
  readonly url: string;
  open(events: UpstreamEvents): Upstream;
}

/** What an inherited stream needs. */
export interface InheritedStreamHost {
  readonly relayId: string;
  readonly registry: StreamRegistry;
  /** How the relay before is asked, in turn, until it gives the stream. */
  readonly ways: readonly InheritedWay[];
  /** It comes no more. */
  onOver(): void;
}

/** A stream whose publisher is still with the relay before: comes from there until the publisher has come here, or the other has ended. */
export class InheritedStream implements UpstreamEvents, Source {
  readonly isInherited = true;
  readonly address = 'the relay before';
  readonly #key: string;
  readonly #host: InheritedStreamHost;
  readonly #ways: InheritedWay[];
  #way: InheritedWay | undefined;
  #upstream: Upstream | undefined;
  #publication: Publication | undefined;
  #path: readonly string[] = [];
  #isOver = false;

  constructor(key: string, host: InheritedStreamHost) {
    this.#key = key;
    this.#host = host;
    this.#ways = [...host.ways];
    this.#ask();
  }

  get origin(): SourceOrigin | undefined {
    const { protocol, url } = this.#way ?? {};
    return protocol === undefined || url === undefined ? undefined : { type: 'pull', protocol, url };
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
    this.#upstream?.close();
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

  /** Refused is who asks in another format than the stream has. */
  onEnd({ kind }: UpstreamEnd): void {
    if (kind === 'refused' && !this.isFlowing && this.#ways.length > 0) this.#ask();
    else this.close();
  }

  /** Its publisher has come. */
  onReplaced(): void {
    this.#publication = undefined;
    this.close();
  }

  #ask(): void {
    this.#way = this.#ways.shift();
    this.#upstream = this.#way?.open(this);
  }

  /** Whoever has the stream meanwhile keeps it. */
  #attach(): Publication | undefined {
    const { registry } = this.#host;
    if (registry.get(this.#key)?.source === undefined) return registry.attach(this.#key, this);
    this.close();
    return undefined;
  }
}
