import type { Log } from '../../../log.ts';
import { sysctl } from '../../serving/advice.ts';

/** Says what can be lost when a relay leaves its ports to this one, and how not to. */
export function adviseOnHandover(log: Log): void {
  const [limit] = sysctl('net/ipv4/tcp_migrate_req') ?? [];
  const text =
    'who connects at the very moment when the old relay leaves its ports may be refused: set net.ipv4.tcp_migrate_req to 1';
  if (limit === 0) log.warn('advice', text, { limit });
}
