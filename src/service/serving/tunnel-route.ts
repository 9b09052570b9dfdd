import { isRtmptPath } from '../../protocol/rtmpt/rtmpt-path.ts';
import type { RequestRoute } from '../../session/http/http-activity.ts';
import { pathOf } from '../../session/http/http-target.ts';
import type { TunnelledSession } from '../../session/rtmpt/tunnel.ts';
import type { Tunnels, TunnelsParts } from '../../session/rtmpt/tunnels.ts';
import type { Session, SessionContext } from '../../session/session.ts';
import type { PeerSocket } from '../../session/socket/peer-socket.ts';
import type { Door } from '../listen/door.ts';

/** Makes the session of a connection that speaks RTMP. @param protocol - what metrics call it, `rtmp` if not given */
export type BeginRtmp = (
  socket: PeerSocket,
  context: SessionContext,
  protocol?: string,
) => Session & TunnelledSession;

/** What the tunnels of a service need of it. */
export interface TunnelRouteParts extends Omit<TunnelsParts, 'admit'> {
  readonly door: Pick<Door, 'admit'>;
  readonly beginRtmp: BeginRtmp;
}

/** Answers the requests of RTMPT. */
export interface TunnelRoute extends RequestRoute, Pick<Tunnels, 'kept'> {}

/** Answers the requests of RTMPT; what that takes is loaded with the first of them. */
export function tunnelRoute({ door, beginRtmp, ...parts }: TunnelRouteParts): TunnelRoute {
  let tunnels: Tunnels | undefined;
  const load = async (): Promise<void> => {
    const loaded = await import('../../session/rtmpt/tunnels.ts');
    tunnels ??= new loaded.Tunnels({
      ...parts,
      admit: (socket, facts) =>
        door.admit(socket, (context) => beginRtmp(socket, context, 'rtmpt'), { ...facts, isProxy: false }),
    });
  };
  return {
    kept: (id, address) => tunnels?.kept(id, address),
    takes: ({ method, url = '' }) => method === 'POST' && isRtmptPath(pathOf(url)),
    answer(host, exchange) {
      if (tunnels !== undefined) tunnels.answer(host, exchange);
      else
        load().then(
          () => host.run(() => host.isAnswering(exchange) && tunnels?.answer(host, exchange)),
          (error: unknown) => host.fail(error),
        );
    },
  };
}
