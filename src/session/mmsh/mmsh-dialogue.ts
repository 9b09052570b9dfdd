import type { MmshIds } from '../../protocol/mmsh/mmsh-ids.ts';
import { isMmsAgent, type MmshPurpose } from '../../protocol/mmsh/mmsh-request.ts';
import type { HttpExchange, HttpHost, RouteStream } from '../http/http-activity.ts';
import { answerUnread, routeByMethod } from '../http/http-routes.ts';
import type { StreamTarget } from '../http/http-target.ts';
import { type MmshClient, mmshClientOf, mmshHeaders, mmshPurposeOf } from './mmsh-client.ts';
import { MmshDescribe } from './mmsh-describe.ts';
import { MmshPlay } from './mmsh-play.ts';
import { MmshReport } from './mmsh-report.ts';

/** What is said to who pushes where streams are played. */
const PUSH_ELSEWHERE = 'encoders push to /streams/NAME_push here, and send raw ASF to paths that end in .asf';

/** What no server is asked for that has not promised it. */
const UNPROMISED = 'this server plays live streams: it has neither playlists nor a way to switch streams';

/**
 * Answers where streams of ASF are played: the players and servers of this family in MMSH, everybody else as its method says.
 * @param ids - the same in all threads
 * @param now - milliseconds, the same in all threads
 * @see MS-WMHTTP section 3.2
 */
export function mmshDialogue(ids: MmshIds, now: () => number = Date.now): RouteStream {
  return (host, exchange, target) => {
    const { request } = exchange;
    const { method = '', headers } = request;
    const purpose = mmshPurposeOf(request);
    const isPush = purpose === 'push-setup' || purpose === 'push-start';
    if (isPush) answerUnread(host, exchange, 415, PUSH_ELSEWHERE);
    else if (!isMmsAgent(headers['user-agent']) || method === 'HEAD' || method === 'PUT')
      routeByMethod(host, exchange, target);
    else {
      host.speakAs('mmsh');
      answer(host, exchange, target, purpose, mmshClientOf(request, ids, now()));
    }
  };
}

function answer(
  host: HttpHost,
  exchange: HttpExchange,
  target: StreamTarget,
  purpose: Exclude<MmshPurpose, 'push-setup' | 'push-start'>,
  client: MmshClient,
): void {
  const headers = mmshHeaders(client);
  switch (purpose) {
    case 'play':
      host.start(new MmshPlay(host, exchange, target, client));
      return;
    case 'describe':
      host.start(new MmshDescribe(host, exchange, target, client));
      return;
    case 'log':
      host.start(new MmshReport(host, exchange, target, client));
      return;
    case 'event':
    case 'keep-alive':
    case 'stop':
      answerUnread(host, exchange, 200, '', headers);
      return;
    case 'unsupported':
      if (exchange.request.method === 'GET') answerUnread(host, exchange, 400, UNPROMISED, headers);
      else answerUnread(host, exchange, 415, 'this content type is not known here', headers);
      return;
    default:
      purpose satisfies never;
  }
}
