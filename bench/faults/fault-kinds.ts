import { setTimeout as sleep } from 'node:timers/promises';
import type { RestartingServer } from '../soak/restarting-server.ts';
import type { Wire } from './wire.ts';

/** How a fault goes that is about to happen. */
export interface FaultCourse {
  /** How long something stays away, milliseconds. */
  readonly forMs: number;
  /** Of packets that get lost, up to 1. */
  readonly share: number;
  /** What was wrong is over: whatever goes on has nothing to hinder the stream. */
  over(): void;
}

interface RelayFault {
  readonly about: string;
  readonly at: 'relay';
  /** Whether the relay may have no players: they would be cut off, which no relay can change. */
  readonly endsRelay: boolean;
  /** Resolves when all is as before. */
  happen(relay: RestartingServer, course: FaultCourse): Promise<void>;
}

interface LinkFault {
  readonly about: string;
  readonly at: 'link';
  /** Resolves when all is as before. */
  happen(wire: Wire, course: FaultCourse): Promise<void>;
}

/** What happens, by name. */
export type FaultKind = 'kill' | 'freeze' | 'drain' | 'cut' | 'loss';

/** Everything that happens to chains. */
export const faultKinds: Readonly<Record<FaultKind, RelayFault | LinkFault>> = {
  kill: {
    about: 'a relay is killed (`SIGKILL`) and starts again',
    at: 'relay',
    endsRelay: true,
    async happen(relay, { forMs, over }) {
      await relay.kill();
      over();
      await sleep(forMs);
      await relay.comeBack();
    },
  },
  freeze: {
    about: 'a relay stands still (`SIGSTOP`) and goes on (`SIGCONT`)',
    at: 'relay',
    endsRelay: false,
    async happen(relay, { forMs, over }) {
      relay.signal('SIGSTOP');
      await sleep(forMs);
      relay.signal('SIGCONT');
      over();
    },
  },
  drain: {
    about: 'a relay is drained (`SIGTERM`), ends and starts again',
    at: 'relay',
    endsRelay: true,
    async happen(relay, { forMs, over }) {
      await relay.drain();
      over();
      await sleep(forMs);
      await relay.comeBack();
    },
  },
  cut: {
    about: 'all connections of a link are broken',
    at: 'link',
    async happen(wire, { over }) {
      await wire.cut();
      over();
    },
  },
  loss: {
    about: 'a link loses 10 %, 30 % or all of its packets, both ways',
    at: 'link',
    async happen(wire, { forMs, share, over }) {
      wire.lose(share);
      await sleep(forMs);
      wire.heal();
      over();
    },
  },
};

export const faultKindNames: readonly FaultKind[] = Object.keys(faultKinds) as FaultKind[];
