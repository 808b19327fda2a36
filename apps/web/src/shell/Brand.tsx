import { Group, Text } from '@mantine/core';
import type { ReactElement } from 'react';

/** An orange with its leaf. */
export function Mark({ size = 30 }: { size?: number }): ReactElement {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <defs>
        <radialGradient id="orangery-fruit" cx="0.35" cy="0.3" r="0.85">
          <stop offset="0" stopColor="#ffb054" />
          <stop offset="0.55" stopColor="#f58420" />
          <stop offset="1" stopColor="#dd660a" />
        </radialGradient>
      </defs>
      <circle cx="15.5" cy="19" r="11" fill="url(#orangery-fruit)" />
      <path
        d="M8.200 15.600a8.400 8.400 0 0 1 5.200-4.300"
        fill="none"
        stroke="#fff"
        strokeOpacity="0.6"
        strokeWidth="2"
        strokeLinecap="round"
      />
      <path d="M15.600 9.200c.2-4.600 3.600-7.300 10.600-7-.1 5.900-4 8.900-10.600 7Z" fill="#4c9c51" />
      <path
        d="M15.500 10.600c.8-2.600 2.900-4.800 5.900-5.900"
        fill="none"
        stroke="#245c2b"
        strokeWidth="1.400"
        strokeLinecap="round"
      />
    </svg>
  );
}

export function Brand({ size = 30 }: { size?: number }): ReactElement {
  return (
    <Group gap={10} wrap="nowrap">
      <Mark size={size} />
      <Text
        component="span"
        fw={700}
        fz={size * 0.66}
        lh={1}
        c="var(--orangery-brand)"
        style={{ letterSpacing: '-0.03em' }}
      >
        Orangery
      </Text>
    </Group>
  );
}
