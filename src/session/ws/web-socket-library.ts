import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** `ws`, loaded for the first WebSocket: with it comes node:tls, which a relay may not need otherwise. */
export function webSocketLibrary(): Pick<typeof import('ws'), 'WebSocket' | 'WebSocketServer'> {
  return require('ws');
}
