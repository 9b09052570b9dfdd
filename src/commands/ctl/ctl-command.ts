import { type Command, Option } from 'commander';
import { tokenFileVariable, variableName } from '../../config/sources/environment.ts';
import { wayNames } from '../../service/house/choosing/choice.ts';
import { fleetRelayStates } from '../../service/house/overview/fleet-status.ts';
import { sessionProtocols, sessionRoles } from '../../session/session.ts';
import { durationOption, wholeNumber } from '../checked-option.ts';
import type { DrainOptions } from './changing/drain.ts';
import type { KickOptions } from './changing/kick.ts';
import type { CtlCall } from './ctl-call.ts';
import type { PlayerOptions } from './fleet/players.ts';
import type { FleetRelayOptions } from './fleet/relays.ts';
import type { EventOptions } from './looking/events.ts';
import type { LinkOptions } from './looking/links.ts';
import type { ListOptions } from './looking/list.ts';
import type { RecordingOptions } from './looking/recordings.ts';
import type { SessionFilter } from './looking/sessions.ts';
import type { StreamOptions } from './looking/streams.ts';
import type { WhyOptions } from './looking/why.ts';

/** Describes the command that looks at a running relay and operates it. What a command does is loaded when it runs. */
export function describeCtl(ctl: Command): void {
  ctl
    .description('look at a running relay and operate it')
    .addOption(
      new Option(
        '--socket <path>',
        'Unix socket of the relay (default: the first of those where a relay puts it by itself)',
      ).env(variableName(['admin', 'socket'])),
    )
    .option('--url <url>', 'admin listener of the relay instead, such as https://relay.example.org:9935')
    .addOption(new Option('--token-file <file>', 'file with the token for it').env(tokenFileVariable))
    .option('--ca-file <file>', 'file with the certificates of whom to trust for it')
    .option('--cert-file <file>', 'file with a client certificate for it')
    .option('--key-file <file>', 'file with the private key of that')
    .option('--json', "write the API's JSON, for scripts");
  describeLooking(ctl);
  describeChanges(ctl);
  pointToCommonOptions(ctl);
}

/** They are the same for every command, which does not repeat them. */
function pointToCommonOptions(group: Command): void {
  group.helpCommand(false);
  for (const command of group.commands) {
    pointToCommonOptions(command);
    command.addHelpText('after', '\nHow to reach the relay, and JSON: streampump ctl --help');
  }
}

function describeLooking(ctl: Command): void {
  ctl
    .command('status')
    .description('how the relay is doing, and how near its limits it is')
    .action(running(async (call) => (await import('./looking/relay.ts')).showStatus(call)));
  ctl
    .command('top')
    .description('the same with its streams and sessions, live')
    .action(running(async (call) => (await import('./top/top.ts')).top(call)));
  ctl
    .command('relays')
    .description('the relays of a fleet and how they do: asks a house')
    .addOption(new Option('--state <state>', 'those in this state').choices(fleetRelayStates))
    .option('--limit <number>', 'at most so many', wholeNumber)
    .action(
      running(async (call, options: FleetRelayOptions) =>
        (await import('./fleet/relays.ts')).showRelays(call, options),
      ),
    );
  ctl
    .command('players')
    .description('who plays at which relay of a fleet: asks a house')
    .option('--uid <label>', 'those with this label in their URL')
    .option('--address <address>', 'those of this address, or of this network')
    .option('--identity <name>', 'those of whoever has proved to be this one')
    .option('--stream <pattern>', 'those of streams that match, such as live/**')
    .option('--relay <id>', 'those at this relay')
    .option('--limit <number>', 'at most so many (default: 1000)', wholeNumber)
    .action(
      running(async (call, options: PlayerOptions) =>
        (await import('./fleet/players.ts')).showPlayers(call, options),
      ),
    );
  ctl
    .command('streams')
    .description('the streams and how they are doing')
    .option('--stream <pattern>', 'those that match, such as live/**')
    .option('--limit <number>', 'at most so many', wholeNumber)
    .action(
      running(async (call, options: StreamOptions) =>
        (await import('./looking/streams.ts')).showStreams(call, options),
      ),
    );
  ctl
    .command('sessions')
    .description('who publishes, plays or waits, and how well each keeps up')
    .option('--stream <pattern>', 'those of streams that match, such as live/**')
    .addOption(new Option('--role <role>', 'those of this role').choices(sessionRoles))
    .addOption(new Option('--protocol <protocol>', 'those that speak it').choices(sessionProtocols))
    .option('--address <address>', 'those of this address, or of this network')
    .option('--identity <name>', 'those of whoever has proved to be this one')
    .option('--limit <number>', 'at most so many', wholeNumber)
    .action(
      running(async (call, options: SessionFilter & ListOptions) =>
        (await import('./looking/sessions.ts')).showSessions(call, options),
      ),
    );
  ctl
    .command('session')
    .description('everything about one session')
    .argument('<id>', 'its id, such as c12')
    .action(
      running(async (call, id: string) => (await import('./looking/sessions.ts')).showSession(call, id)),
    );
  ctl
    .command('why')
    .description('what becomes of a stream: which rule, which upstream, why nobody sees it')
    .argument('<key>', 'its key, such as live/cam1')
    .option('--address <address>', 'of a house: where a player with this address would be sent')
    .addOption(new Option('--protocol <protocol>', 'how that player would speak').choices(wayNames))
    .action(
      running(async (call, key: string, options: WhyOptions) =>
        (await import('./looking/why.ts')).showWhy(call, key, options),
      ),
    );
  ctl
    .command('upstreams')
    .description('the servers that streams are pulled from')
    .option('--stream <pattern>', 'those of streams that match')
    .action(
      running(async (call, options: LinkOptions) =>
        (await import('./looking/links.ts')).showUpstreams(call, options),
      ),
    );
  ctl
    .command('forwards')
    .description('the servers that streams are forwarded to')
    .option('--stream <pattern>', 'those of streams that match')
    .action(
      running(async (call, options: LinkOptions) =>
        (await import('./looking/links.ts')).showForwards(call, options),
      ),
    );
  ctl
    .command('hooks')
    .description('the hooks and how they are doing')
    .action(running(async (call) => (await import('./looking/hooks.ts')).showHooks(call)));
  ctl
    .command('bans')
    .description('who is kept out, and until when')
    .action(running(async (call) => (await import('./looking/bans.ts')).showBans(call)));
  ctl
    .command('recordings')
    .description('recordings, and where they are')
    .option('--stream <key>', 'those of this stream')
    .option('--limit <number>', 'at most so many (default: 1000)', wholeNumber)
    .action(
      running(async (call, options: RecordingOptions) =>
        (await import('./looking/recordings.ts')).showRecordings(call, options),
      ),
    );
  ctl
    .command('config')
    .description('the settings that hold now, without their secrets')
    .action(running(async (call) => (await import('./looking/config.ts')).showConfig(call)));
  ctl
    .command('events')
    .description('what happens, a line each, until Ctrl-C')
    .option('--types <list>', 'only these, such as stream,warning,audit')
    .option('--after <id>', 'go on after the event with this id')
    .action(
      running(async (call, options: EventOptions) =>
        (await import('./looking/events.ts')).followEvents(call, options),
      ),
    );
}

function describeChanges(ctl: Command): void {
  ctl
    .command('kick')
    .description('end a session, or all of a stream, an address or an identity')
    .argument('[id]', 'id of the session, such as c12; of a player of a fleet edge1/c12')
    .option('--stream <key>', 'all that publish or play this stream')
    .option('--address <address>', 'all of this address')
    .option('--identity <name>', 'all of whoever has proved to be this one')
    .option('--uid <label>', 'all players of a fleet with this label')
    .option('--reason <text>', 'what players of a fleet are told')
    .option('--ban <time>', 'keep them out for so long, such as 15m, 1h or 7d', durationOption)
    .option('-y, --yes', 'do not ask, even if many would be hit')
    .action(
      running(async (call, id: string | undefined, options: KickOptions) =>
        (await import('./changing/kick.ts')).kick(call, id, options),
      ),
    );
  ctl
    .command('unban')
    .description('let somebody in again')
    .argument('<id>', 'id of the ban')
    .action(
      running(async (call, id: string) => (await import('./changing/links.ts')).remove(call, 'bans', id)),
    );
  const pull = ctl.command('pull').description('begin or end the pull of a stream');
  pull
    .command('start')
    .description('pull a stream, until it is stopped or the relay ends')
    .argument('<key>', 'its key, such as live/cam1')
    .argument('<urls...>', 'where from, preferred first; - reads URLs with secrets from standard input')
    .action(
      running(async (call, key: string, urls: readonly string[]) =>
        (await import('./changing/links.ts')).startPull(call, key, urls),
      ),
    );
  pull
    .command('stop')
    .description('end a pull that was started so')
    .argument('<id>', 'id of the upstream')
    .action(
      running(async (call, id: string) =>
        (await import('./changing/links.ts')).remove(call, 'upstreams', id),
      ),
    );
  const forward = ctl.command('forward').description('begin or end the forward of a stream');
  forward
    .command('start')
    .description('forward a stream, until it is stopped or the relay ends')
    .argument('<key>', 'its key, such as live/cam1')
    .argument('<url>', 'where to; - reads a URL with secrets from standard input')
    .action(
      running(async (call, key: string, url: string) =>
        (await import('./changing/links.ts')).startForward(call, key, url),
      ),
    );
  forward
    .command('stop')
    .description('end a forward that was started so')
    .argument('<id>', 'id of the forward')
    .action(
      running(async (call, id: string) => (await import('./changing/links.ts')).remove(call, 'forwards', id)),
    );
  const record = ctl.command('record').description('record a stream, or delete a recording');
  record
    .command('start')
    .description('record a stream that is live, until it ends')
    .argument('<key>', 'its key, such as live/cam1')
    .option('--append', 'as the next part of its latest recording')
    .action(
      running(async (call, key: string, options: { readonly append?: boolean }) =>
        (await import('./changing/recording.ts')).startRecording(call, key, options),
      ),
    );
  record
    .command('stop')
    .description('record a stream no more')
    .argument('<key>', 'its key')
    .action(
      running(async (call, key: string) =>
        (await import('./changing/recording.ts')).stopRecording(call, key),
      ),
    );
  record
    .command('delete')
    .description('delete a recording for good')
    .argument('<key>', 'key of the recording, such as recordings/live/cam1/...')
    .action(
      running(async (call, key: string) =>
        (await import('./changing/recording.ts')).deleteRecording(call, key),
      ),
    );
  ctl
    .command('call')
    .description('call a method of a client, and show its answer')
    .argument('<id>', 'id of its session, such as c12')
    .argument('<method>', 'name of the method')
    .argument('[values...]', 'its arguments: JSON, else text')
    .action(
      running(async (call, id: string, name: string, values: readonly string[]) =>
        (await import('./changing/calling.ts')).callClient(call, id, name, values),
      ),
    );
  ctl
    .command('send')
    .description('send data to those who play a stream')
    .argument('<key>', 'its key, such as live/cam1')
    .argument('<name>', 'name of the data, such as onScore')
    .argument('[values...]', 'what it carries: JSON, else text')
    .action(
      running(async (call, key: string, name: string, values: readonly string[]) =>
        (await import('./changing/calling.ts')).sendData(call, key, name, values),
      ),
    );
  ctl
    .command('drain')
    .description(
      'let nobody new in, and end when nobody is left; or let a relay of a fleet take no new players',
    )
    .argument('[relay]', 'id of a relay of the fleet: asks a house')
    .option('--timeout <time>', 'end after so long in any case (default: drain.timeoutMs)', durationOption)
    .option('--reconnect-url <url>', 'send relays that play from it there (default: drain.reconnectUrl)')
    .option('--wait', 'show how many are left, until it has ended')
    .option('-y, --yes', 'do not ask')
    .action(
      running(async (call, relay: string | undefined, options: DrainOptions) =>
        relay === undefined
          ? (await import('./changing/drain.ts')).drain(call, options)
          : (await import('./fleet/changing.ts')).setDraining(call, relay, true),
      ),
    );
  ctl
    .command('undrain')
    .description('let a relay of a fleet take new players again: asks a house')
    .argument('<relay>', 'its id')
    .action(
      running(async (call, relay: string) =>
        (await import('./fleet/changing.ts')).setDraining(call, relay, false),
      ),
    );
  ctl
    .command('approve')
    .description('take a relay into the fleet that has come by an invitation: asks a house')
    .argument('<relay>', 'its id')
    .action(
      running(async (call, relay: string) => (await import('./fleet/changing.ts')).approve(call, relay)),
    );
  ctl
    .command('reload')
    .description('read the configuration and the certificates again')
    .argument('[relay]', 'id of a relay of the fleet, which is to do that: asks a house')
    .action(
      running(async (call, relay: string | undefined) =>
        relay === undefined
          ? (await import('./changing/reload.ts')).reload(call)
          : (await import('./fleet/changing.ts')).reloadRelay(call, relay),
      ),
    );
  ctl
    .command('log-level')
    .description('what the log shows; or change it until the next reload')
    .argument('[level]', 'such as debug, info, warn or silent')
    .action(
      running(async (call, level: string | undefined) =>
        (await import('./changing/log-level.ts')).logLevel(call, level),
      ),
    );
}

/** An action of commander, which gives a command its arguments, its options and itself. */
function running<A extends readonly unknown[]>(
  work: (call: CtlCall, ...given: A) => Promise<void>,
): (...given: readonly unknown[]) => Promise<void> {
  return async (...given) => {
    const { runCall } = await import('./ctl-call.ts');
    const command = given.at(-1) as Command;
    await runCall(command, (call) => work(call, ...(given.slice(0, -1) as unknown as A)));
  };
}
