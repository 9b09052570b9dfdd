import type { MmshIds } from '../../protocol/mmsh/mmsh-ids.ts';
import { SHORT_PREFIX } from '../../protocol/mmsh/mmsh-path.ts';
import { PushContentType, purposeOf } from '../../protocol/mmsh/mmsh-request.ts';
import type { HttpExchange, HttpHost, RouteStream } from '../http/http-activity.ts';
import { hasBody } from '../http/http-routes.ts';
import type { HeaderFields } from '../http/http-status.ts';
import { SeriesWatches } from '../published/series-watches.ts';
import type { StreamPaths } from '../stream-format.ts';
import { ENCODER_HEADERS } from './encoder-headers.ts';
import { MmshPushSetup } from './mmsh-push-setup.ts';
import { MmshPushStart } from './mmsh-push-start.ts';

const pushPath = /^\/([^/]+\/)(.+)_push\/?$/;

/** Where encoders push: `/streams/NAME_push` is for the stream `streams/NAME`. None of them is for people to play at. */
export const pushPaths: StreamPaths = {
  nameIn(path) {
    const [, prefix, name] = pushPath.exec(path) ?? [];
    return prefix?.toLowerCase() === SHORT_PREFIX ? `/${SHORT_PREFIX}${name}` : undefined;
  },
  pathOf: () => undefined,
};

/** Answers encoders: each asks whether it may push, then pushes in as many requests as it likes. @see MS-WMHTTP section 3.2.5 */
export function routePush(ids: MmshIds): RouteStream {
  const series = { ids, watches: new SeriesWatches() };
  return (host, exchange, target) => {
    host.speakAs('mmsh');
    const { method = '', headers } = exchange.request;
    if (method !== 'POST') {
      refuse(host, exchange, 405, `encoders push here, by POST: ${method} is not supported`, {
        allow: 'POST',
      });
      return;
    }
    const purpose = purposeOf({ method, contentType: headers['content-type'], pragmas: new Map() });
    if (purpose === 'push-setup') host.start(new MmshPushSetup(host, exchange, target, ids));
    else if (purpose === 'push-start') host.start(new MmshPushStart(host, exchange, target, series));
    else
      refuse(
        host,
        exchange,
        415,
        `expected Content-Type ${PushContentType.setup} or ${PushContentType.start}`,
      );
  };
}

function refuse(
  host: HttpHost,
  exchange: HttpExchange,
  status: number,
  text: string,
  headers: HeaderFields = {},
): void {
  const told = { ...ENCODER_HEADERS, ...headers };
  if (hasBody(exchange)) host.farewell(status, text, told);
  else host.answer(status, text, told);
}
