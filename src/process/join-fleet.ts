import { type JoinWish, joinHouse } from '../service/relay/house/joining/join-house.ts';

/** Makes a relay known to a house, and says on standard output what is to be done next. */
export async function joinFleet(wish: JoinWish): Promise<void> {
  const id = await joinHouse(wish);
  const { url, keyFile, caFile, insecure } = wish;
  const trust = [
    ...(caFile === null ? [] : [`STREAMPUMP_HOUSE_CA_FILE=${caFile} `]),
    ...(insecure ? ['STREAMPUMP_HOUSE_INSECURE=true '] : []),
  ].join('');
  console.log(`the house calls this relay ${id}, and waits for somebody to approve it`);
  console.log(`then: ${trust}streampump relay --house ${url} --house-id ${id} --house-key-file ${keyFile}`);
}
