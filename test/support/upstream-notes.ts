import type { UpstreamEnd, UpstreamEvents } from '../../src/session/upstream/upstream.ts';
import type { Frame } from '../../src/stream/frame.ts';

/** Notes what an upstream tells, and lets a test wait for it. */
export class UpstreamNotes implements UpstreamEvents {
  /** Method without `on`, then the arguments; payloads in hex. */
  readonly told: unknown[][] = [];
  /** Reacts to what is told, after it was noted. */
  react: (name: string) => void = () => {};
  readonly #waiting = new Set<() => void>();

  onStart(path: readonly string[]): void {
    this.#note('start', path);
  }

  onPath(path: readonly string[]): void {
    this.#note('path', path);
  }

  onMedia({ tag, timestamp, payload }: Frame): void {
    this.#note('media', tag, timestamp, payload.toString('hex'));
  }

  onDry(isDry: boolean): void {
    this.#note('dry', isDry);
  }

  onReconnectRequest(url: string | undefined): void {
    this.#note('reconnect', url);
  }

  onSlowed(): void {
    this.#note('slowed');
  }

  onEnd(end: UpstreamEnd): void {
    this.#note('end', end);
  }

  /** Resolves with the arguments of the `count`-th call of a name. */
  async until(name: string, count = 1): Promise<unknown[]> {
    for (;;) {
      const found = this.told.filter(([word]) => word === name)[count - 1];
      if (found !== undefined) return found.slice(1);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Resolves with the end. */
  async end(): Promise<UpstreamEnd> {
    const [end] = await this.until('end');
    return end as UpstreamEnd;
  }

  #note(name: string, ...args: unknown[]): void {
    this.told.push([name, ...args]);
    this.react(name);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
