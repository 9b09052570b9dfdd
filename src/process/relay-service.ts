import { possibleSockets, socketSurroundings } from '../config/admin/admin-socket.ts';
import { loadRelayConfig, type RelayConfigSources, readRelayConfig } from '../config/load-config.ts';
import type { RelaySettings } from '../config/relay-settings.ts';
import { configFileOf } from '../config/sources/load-settings.ts';
import type { Log } from '../log.ts';
import { optimize } from '../quick-start.ts';
import { canSharePorts, type PortSharing } from '../service/listen/listener.ts';
import { adviseOnHandover } from '../service/relay/handover/advice.ts';
import { HandoverError, Predecessor } from '../service/relay/handover/predecessor.ts';
import { succeed } from '../service/relay/handover/succeed.ts';
import { preflight, preflightFiles } from '../service/relay/preflight.ts';
import type { Relay, RelayExtras } from '../service/relay/relay.ts';
import type { Cluster } from '../service/relay/workers/cluster.ts';
import type { CommandedService, ServiceHost } from './run-service.ts';

/** A relay as the command runs it. @param isReplacing - whether it takes the place of the one that runs here */
export function relayService(
  sources: RelayConfigSources,
  isReplacing: boolean,
): CommandedService<RelaySettings> {
  const configFile = configFileOf(sources);
  return {
    ...{ what: undefined, configFile, preflightFiles, countWorkers },
    load: () => loadRelayConfig(sources),
    read: () => readRelayConfig(sources),
    preflight: (settings) => preflight(settings, configFile),
    start: (settings, workers, host) => startRelay(settings, workers, host, isReplacing),
  };
}

/** How many threads there will be: as many as are wanted, where the platform can have them. */
async function countWorkers(settings: RelaySettings, log: Log): Promise<number> {
  if (settings.workers === 1) return 1;
  const { workerCount } = await import('../service/relay/workers/worker-count.ts');
  const wanted = workerCount(settings.workers);
  if (wanted === 1 || (await canSharePorts())) return wanted;
  log.warn('workers', 'this platform does not let several threads listen on one port: running one worker');
  return 1;
}

/** A relay of one thread pays nothing for those that have several. */
async function startRelay(
  settings: RelaySettings,
  workers: number,
  { logs: { log, access: accessLog }, ...host }: ServiceHost,
  isReplacing: boolean,
): Promise<Relay | Cluster> {
  const predecessor = isReplacing
    ? await Predecessor.find(possibleSockets(settings.admin.socket, socketSurroundings()), settings.listen)
    : undefined;
  if (predecessor !== undefined) adviseOnHandover(log);
  const sharing = await sharingWith(predecessor);
  const extras = { sharing, replaces: predecessor, accessLog, ...host };
  const relay = await (workers === 1
    ? startThread(settings, log, extras)
    : startThreads(settings, log, extras));
  if (predecessor !== undefined) await succeed(predecessor, relay, log);
  return relay;
}

/** How the ports are bound: where nobody is replaced a relay is alone on them, and can be replaced where the platform lets two share. */
async function sharingWith(predecessor: Predecessor | undefined): Promise<PortSharing> {
  if (await canSharePorts()) return predecessor === undefined ? 'later' : 'now';
  if (predecessor === undefined) return 'none';
  throw new HandoverError('--replace: this platform does not let two relays share their ports');
}

async function startThread(settings: RelaySettings, log: Log, extras: RelayExtras): Promise<Relay> {
  const { Relay } = await import('../service/relay/relay.ts'); // a cluster's threads have it, and not the main one
  return Relay.start(settings, log, undefined, extras);
}

async function startThreads(settings: RelaySettings, log: Log, extras: RelayExtras): Promise<Cluster> {
  const { Cluster } = await import('../service/relay/workers/cluster.ts');
  optimize();
  return Cluster.start(settings, log, undefined, extras);
}
