import { Peer, type Reading } from './peer.ts';
import type { Random } from './random.ts';

/** Where guests go: what they may name there. */
export interface Place {
  readonly rtmpPort: number;
  readonly httpPort: number;
  /** Keys that guests publish and play. */
  readonly ours: readonly string[];
  /** Keys that they only play: of steady streams, of other servers, of nobody. */
  readonly others: readonly string[];
}

/** One who comes to a relay, does this and that there, leaves or is sent away, and comes again. */
export abstract class Guest {
  protected readonly place: Place;
  protected readonly address: string;
  #peer: Peer | undefined;

  constructor(place: Place, address: string) {
    this.place = place;
    this.address = address;
  }

  /** Does the next thing. @returns what, for people */
  act(random: Random): string {
    const peer = this.#peer;
    if (peer === undefined || !peer.isOpen) return this.#come(random);
    const does = random.weighted({ does: 80, reads: 9, leaves: 4, cutsUp: 2, stays: 2 });
    switch (does) {
      case 'does':
        return this.next(peer, random);
      case 'reads':
        return this.readOn(peer, random);
      case 'cutsUp':
        peer.pieceBytes = random.oneOf([0, 1, 7, 100, 1000]);
        return `writes in pieces of ${peer.pieceBytes} bytes`;
      case 'leaves':
        this.#peer = undefined;
        return `leaves: ${peer.leave(random)}`;
      case 'stays':
        return 'waits';
      default:
        return does satisfies never;
    }
  }

  close(): void {
    this.#peer?.close();
    this.#peer = undefined;
  }

  /** Opens a connection. */
  protected abstract begin(random: Random): { readonly peer: Peer; readonly says: string };

  /** Says or asks something on it. */
  protected abstract next(peer: Peer, random: Random): string;

  protected open(port: number): Peer {
    return new Peer(port, this.address);
  }

  /** A key to play. @param app - its first segment; any without it */
  protected anyKey(random: Random, app?: string): string {
    const { ours, others } = this.place;
    return sometimesNew(random.oneOf(random.chance(0.5) ? of(app, ours) : of(app, others)), random);
  }

  /** A key to publish. @param app - its first segment; any without it */
  protected ownKey(random: Random, app?: string): string {
    return sometimesNew(random.oneOf(of(app, this.place.ours)), random);
  }

  /** Reads on in another way. */
  protected readOn(peer: Peer, random: Random): string {
    const slow = { bytes: random.anyScale(1, 50_000), everyMs: random.between(20, 500) };
    const reading: Reading = random.oneOf(['all', 'all', 'nothing', slow] as const);
    peer.read(reading);
    return typeof reading === 'string'
      ? `reads ${reading}`
      : `reads ${slow.bytes} bytes every ${slow.everyMs} ms`;
  }

  #come(random: Random): string {
    const { peer, says } = this.begin(random);
    this.#peer = peer;
    return says;
  }
}

/** Those of the app, as far as there are any. */
function of(app: string | undefined, keys: readonly string[]): readonly string[] {
  const own = keys.filter((key) => app === undefined || key.startsWith(`${app}/`));
  return own.length > 0 ? own : keys;
}

/** The key, or now and then another of the same app that nobody has named before. */
function sometimesNew(key: string, random: Random): string {
  return random.chance(0.05) ? `${key.split('/', 1)[0]}/x${random.between(0, 1_000_000)}` : key;
}
