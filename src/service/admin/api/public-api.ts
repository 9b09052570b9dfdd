import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Log } from '../../../log.ts';
import type { HttpSite, PageVisitor } from '../../../session/http/http-activity.ts';
import { pathOf } from '../../../session/http/http-target.ts';
import type { ServiceControl } from '../service-control.ts';
import type { OperationLoader } from './operation.ts';
import { noteVisitor } from './visitors.ts';

/** What the API of the public listeners needs. */
export interface PublicApiParts<C extends ServiceControl> {
  readonly log: Log;
  service(): C;
  readonly operations: OperationLoader<C>;
  readonly origins: HttpSite['origins'];
}

/** What it answers: the API, and the status page, which shows nothing by itself. */
const paths = /^\/(?:$|api\/|assets\/|favicon\.ico$)/;

/**
 * The API and the status page of a service for whoever comes by a listener for the public: the same as on the admin listener, but that
 * nobody is let in for the place that they come from. It is loaded for the first request.
 */
export class PublicApi<C extends ServiceControl> {
  readonly #parts: PublicApiParts<C>;
  #app: Promise<RequestListener> | undefined;

  constructor(parts: PublicApiParts<C>) {
    this.#parts = parts;
  }

  /** Answers a request. @returns false when there is nothing of this at its path */
  async answer(request: IncomingMessage, response: ServerResponse, visitor: PageVisitor): Promise<boolean> {
    if (!paths.test(pathOf(request.url ?? ''))) return false;
    const { origins } = this.#parts;
    const { method, headers } = request;
    if (method === 'OPTIONS') {
      response.writeHead(204, origins.preflightHeaders(headers.origin));
      response.end();
      return true;
    }
    this.#app ??= this.#load();
    this.#app.catch(() => {
      this.#app = undefined; // the next who asks may have more luck
    });
    const answer = await this.#app;
    for (const [name, value] of Object.entries(origins.headers(headers.origin)))
      response.setHeader(name, value);
    const answered = new Promise((resolve) => response.once('prefinish', resolve).once('close', resolve));
    noteVisitor(request, visitor);
    visitor.readBody();
    answer(request, response);
    await answered;
    return true;
  }

  async #load(): Promise<RequestListener> {
    const { log } = this.#parts;
    const [{ makeApp }, operations] = await Promise.all([import('./app.ts'), this.#parts.operations()]);
    const { routing } = await makeApp({ log, service: this.#parts.service(), operations, names: [] });
    return routing;
  }
}
