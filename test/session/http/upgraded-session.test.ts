import { describe, expect, test } from 'vitest';
import { createHttpServer, type HttpDoor } from '../../../src/service/listen/http-listener.ts';
import type { Refusal } from '../../../src/session/access.ts';
import type { TakeUpgrade, UpgradeVisitor } from '../../../src/session/http/http-activity.ts';
import type { Session } from '../../../src/session/session.ts';
import { ComplianceScene } from '../../support/compliance-scene.ts';
import { RawHttp } from '../../support/http-client.ts';
import { MemorySocket } from '../../support/memory-socket.ts';

const ask =
  'GET /api/link?a=1 HTTP/1.1\nHost: x\nConnection: Upgrade\nUpgrade: websocket\nUser-Agent: relay/1\n\n';

/** A server that hands connections for /api/link over. */
function openUpgrades(take: TakeUpgrade, refusal?: Refusal) {
  const scene = new ComplianceScene();
  const [near, far] = MemorySocket.pair(true);
  const replaced: Session[] = [];
  const door: HttpDoor = {
    admit: (_socket, begin) => begin({ ...scene.context(), refusal }),
    replace: (session) => void replaced.push(session),
  };
  const site = { ...scene.site, upgrades: new Map([['/api/link', take]]) };
  createHttpServer(door, site).emit('connection', near);
  return { scene, replaced, client: RawHttp.over(far) };
}

describe('a connection that is to be upgraded', () => {
  test('is its taker’s, with what came behind the request, and counts until it closes', async () => {
    const taken: { readonly url: string | undefined; readonly head: string; visitor: UpgradeVisitor }[] = [];
    const { scene, client, replaced } = openUpgrades(({ url }, socket, head, visitor) => {
      taken.push({ url, head: head.toString(), visitor });
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\nhello');
    });
    client.send(`${ask}more`);
    await scene.settle();
    expect(taken).toEqual([expect.objectContaining({ url: '/api/link?a=1', head: 'more' })]);
    expect(client.text).toContain('hello');
    const [session] = replaced;
    expect([session?.role, session?.client, scene.events]).toEqual(['pending', 'relay/1', []]);
    taken[0]?.visitor.accept();
    expect([session?.role, scene.events]).toEqual(['relay', ['accepted']]);
    session?.destroy();
    await scene.settle();
    expect(scene.events).toEqual(['accepted', 'closed']);
  });

  test('is told by its taker that the server stops, or is cut', async () => {
    const told: string[] = [];
    const { scene, client, replaced } = openUpgrades((_request, _socket, _head, visitor) =>
      visitor.onDismiss((reason) => told.push(reason)),
    );
    client.send(ask);
    await scene.settle();
    replaced[0]?.dismiss('the house is shutting down');
    expect([told, replaced[0]?.isOpen]).toEqual([['the house is shutting down'], true]);
    const silent = openUpgrades(() => {});
    silent.client.send(ask);
    await silent.scene.settle();
    silent.replaced[0]?.dismiss('the house is shutting down');
    expect(silent.replaced[0]?.isOpen).toBe(false);
  });

  test('is not handed over where it may not come in', async () => {
    const refusal: Refusal = { refused: 'session-limit', description: 'the server is full' };
    const { scene, client } = openUpgrades(() => expect.unreachable(), refusal);
    client.send(ask);
    await scene.settle();
    expect(client.text).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n.*the server is full\n$/s);
  });

  test('is an HTTP connection at any other path', async () => {
    const { scene, client } = openUpgrades(() => expect.unreachable());
    client.send(ask.replace('/api/link', '/api/other'));
    await scene.settle();
    expect(client.text).toMatch(/^HTTP\/1.1 404 Not Found\r\n/);
  });
});
