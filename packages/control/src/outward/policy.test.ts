import { expect, it } from 'vitest';
import { outwardObstacle } from './policy.ts';

it.each([
  ['169.254.169.254', 80],
  ['::ffff:169.254.169.254', 80],
  ['0.0.0.0', 25],
  ['fd00:ec2::254', 80],
  ['fe80::1', 25],
  ['::', 25],
  ['224.0.0.1', 514],
  ['255.255.255.255', 514],
  ['127.0.0.1', 5432],
  ['127.9.9.9', 22],
  ['::1', 8443],
  ['::ffff:127.0.0.1', 8443],
  ['mail.example.org', 25],
])('%s:%i is refused', (address, port) => {
  expect(outwardObstacle(address, port, [25, 587])).toBeTypeOf('string');
});

it.each([
  ['10.1.2.3', 25],
  ['192.168.0.9', 1025],
  ['203.0.113.7', 587],
  ['fd12:3456::1', 587],
  ['127.0.0.1', 25],
  ['::1', 587],
])('%s:%i may be reached', (address, port) => {
  expect(outwardObstacle(address, port, [25, 587])).toBeUndefined();
});
