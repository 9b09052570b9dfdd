import type { IncomingMessage } from 'node:http';
import { isRecordingKey } from '../../../stream/stream-key.ts';
import type { HttpExchange, HttpHost, RequestRoute } from '../../http/http-activity.ts';
import { answerUnread } from '../../http/http-routes.ts';
import { pathOf } from '../../http/http-target.ts';
import { unknownRecording } from '../recorded-playing.ts';
import type { RecordingLibrary } from '../recording-library.ts';
import { HttpRecordedLook } from './http-recorded-look.ts';
import { answerDenial, HttpRecordedPlay } from './http-recorded-play.ts';
import { recordedTarget } from './recorded-target.ts';

const METHODS = 'GET, HEAD, OPTIONS';

/** Answers requests for recordings, below `/recordings/`. */
export class RecordedRoute implements RequestRoute {
  readonly #library: RecordingLibrary;

  constructor(library: RecordingLibrary) {
    this.#library = library;
  }

  takes({ url = '' }: Pick<IncomingMessage, 'url'>): boolean {
    return isRecordingKey(pathOf(url).replace(/^\/+/, ''));
  }

  answer(host: HttpHost, exchange: HttpExchange): void {
    const { method = '', url = '', headers } = exchange.request;
    if (method === 'OPTIONS') {
      exchange.response.writeHead(204, {
        allow: METHODS,
        ...host.site.origins.preflightHeaders(headers.origin),
      });
      exchange.response.end();
      host.finish();
      return;
    }
    if (method !== 'GET' && method !== 'HEAD') {
      answerUnread(host, exchange, 405, `${method} is not supported here`, { allow: METHODS });
      return;
    }
    const target = recordedTarget(url);
    if (target === undefined) {
      host.reject(unknownRecording);
      answerDenial(host, unknownRecording);
      return;
    }
    host.speakAs(target.family === 'FLV' ? 'http-flv' : 'asf-http');
    const Activity = method === 'GET' ? HttpRecordedPlay : HttpRecordedLook;
    host.start(new Activity(host, exchange, target, this.#library));
  }
}
