import { type SocketSurroundings, socketSurroundings } from '../../config/admin/admin-socket.ts';
import type { AdminListenerSettings } from '../../config/listen-settings.ts';
import type { ListenAddress } from '../listen/listener.ts';
import { findAccount } from '../privileges/account.ts';
import { createAdminServer } from './admin.ts';
import { type AdminListener, type AdminListenerParts, listenAdmin } from './admin-listener.ts';
import { AdminSocket, type ReplacedSocket } from './admin-socket.ts';
import type { ServiceControl } from './service-control.ts';

/** All ways to a service's admin server: its listeners, and its Unix socket. */
export class AdminListeners {
  readonly #listeners: AdminListener[] = [];
  #socket: AdminSocket | undefined;

  /** Those that are open, without the socket. */
  get all(): readonly AdminListener[] {
    return this.#listeners;
  }

  /** Where the socket is; undefined while there is none. */
  get socketPath(): string | undefined {
    return this.#socket?.path;
  }

  /**
   * Opens them in turn; those that are open already stay until they are closed.
   * @throws ListenError, CertificateError
   */
  async open<C extends ServiceControl>(
    places: readonly (AdminListenerSettings & ListenAddress)[],
    parts: AdminListenerParts<C>,
  ): Promise<void> {
    for (const place of places) this.#listeners.push(await listenAdmin(place, parts));
  }

  /**
   * Opens the socket, if there is to be one.
   * @param wish - as in `admin.socket`
   * @param replaces - the service whose place this one takes
   * @throws ListenError
   */
  async openSocket<C extends ServiceControl>(
    wish: string | null,
    parts: AdminListenerParts<C>,
    replaces?: ReplacedSocket,
    surroundings: SocketSurroundings = socketSurroundings(),
  ): Promise<void> {
    const { clock, log } = parts;
    const serve = () => createAdminServer({ ...parts, names: [] });
    this.#socket = await AdminSocket.open(wish, {
      ...{ clock, log, serve, replaces, owner: findAccount(parts.service.settings)?.uid },
      surroundings,
    });
  }

  /** Reads the certificates again, from the files that the settings name now. */
  renew(places: readonly AdminListenerSettings[]): void {
    for (const [index, listener] of this.#listeners.entries()) listener.renew(places[index]);
  }

  /** Says where the socket is, or why there is none. */
  announceSocket(): void {
    this.#socket?.announce();
  }

  /** Takes no more connections at its ports: a successor does. The socket stays, under the name that the successor has given it. */
  async leave(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.leave()));
  }

  close(): void {
    this.#socket?.close();
    for (const listener of this.#listeners) listener.close();
  }
}
