// A service for AMF over HTTP: the methods of objects, called from any client of AMF0 or AMF3.
//   node amf-service.ts [PORT]
import { createServer } from 'node:http';
import { AmfGateway, CallFault, type GatewayCall, nodeHandler, serviceHandlers } from 'streampump/amf';

const notes = new Map<string, string>();

const services = {
  notes: {
    put({ args: [name, text] }: GatewayCall<unknown>) {
      if (typeof name !== 'string' || typeof text !== 'string')
        throw new CallFault('Notes.NoText', 'a note is a name and a text');
      notes.set(name, text);
      return notes.size;
    },
    get({ args: [name] }: GatewayCall<unknown>) {
      const text = typeof name === 'string' ? notes.get(name) : undefined;
      if (text === undefined) throw new CallFault('Notes.NotFound', 'there is no such note');
      return text;
    },
  },
};

const gateway = new AmfGateway({ handlers: serviceHandlers(services) });
const answer = nodeHandler(gateway, { clientOf: ({ headers }) => headers.authorization });
const server = createServer((request, response) => void answer(request, response).catch(console.error));

server.listen(Number(process.argv[2] ?? 8000), () => {
  const address = server.address();
  if (typeof address === 'object') console.log(`listening on port ${address?.port}`);
});
