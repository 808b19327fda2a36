import { type ReactElement, useId } from 'react';

/** Grounds that look well behind a window, by hue: citrus, leaf, dusk, sea, berry, slate. */
const PALETTES = [
  ['#ffcf8a', '#f58420', '#b64a12', '#7a2f10'],
  ['#cfe8b0', '#7fb861', '#3f8f46', '#1f5a35'],
  ['#f7c5a8', '#c77a9a', '#6b4f8f', '#35305f'],
  ['#bfe3ea', '#5fb0c4', '#2b7a9b', '#194a6b'],
  ['#f6bfc4', '#d9697f', '#9a3a5c', '#5a2145'],
  ['#d5dbe0', '#8f9fae', '#566879', '#2f3d4b'],
] as const;

/** FNV-1a: the same name has the same picture everywhere. */
function hashOf(name: string): number {
  let hash = 0x81_1c_9d_c5;
  for (const character of name) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01_00_01_93) >>> 0;
  }
  return hash;
}

/** A small landscape with a window in it, made from the image's name. */
export function DesktopPicture({ name }: { name: string }): ReactElement {
  const id = useId();
  const hash = hashOf(name);
  const [sky, sun, hill, shade] = PALETTES[hash % PALETTES.length] ?? PALETTES[0];
  const sunX = 70 + ((hash >>> 4) % 180);
  const sunY = 42 + ((hash >>> 9) % 30);
  const rise = ((hash >>> 13) % 40) - 20;
  const windowX = 60 + ((hash >>> 17) % 50);
  return (
    <svg viewBox="0 0 320 180" preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">
      <defs>
        <linearGradient id={`${id}sky`} x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stopColor={sun} stopOpacity="0.75" />
          <stop offset="1" stopColor={sky} />
        </linearGradient>
      </defs>
      <rect width="320" height="180" fill={sky} />
      <rect width="320" height="180" fill={`url(#${id}sky)`} />
      <circle cx={sunX} cy={sunY} r="46" fill="#fff" opacity="0.16" />
      <circle cx={sunX} cy={sunY} r="26" fill="#fff8ec" opacity="0.9" />
      <path
        d={`M0 ${118 + rise / 2} C70 ${86 - rise} 130 ${132 + rise} 200 104 S290 ${92 + rise} 320 ${110 - rise / 2} V180 H0Z`}
        fill={sun}
        opacity="0.85"
      />
      <path
        d={`M0 ${140 - rise / 3} C60 ${116 + rise} 150 150 210 ${128 - rise / 2} S300 130 320 ${136 + rise / 3} V180 H0Z`}
        fill={hill}
      />
      <path d={`M0 158 C80 ${142 + rise / 3} 170 172 320 ${150 - rise / 4} V180 H0Z`} fill={shade} />
      <g transform={`translate(${windowX} 52)`}>
        <rect x="0" y="3" width="150" height="92" rx="8" fill="#000" opacity="0.18" />
        <rect width="150" height="92" rx="8" fill="#fffdfa" opacity="0.94" />
        <path d="M0 8a8 8 0 0 1 8-8h134a8 8 0 0 1 8 8v10H0Z" fill={shade} opacity="0.9" />
        <circle cx="11" cy="9" r="3" fill="#fff" opacity="0.9" />
        <circle cx="21" cy="9" r="3" fill="#fff" opacity="0.55" />
        <circle cx="31" cy="9" r="3" fill="#fff" opacity="0.3" />
        <g fill={hill}>
          <rect x="12" y="30" width="58" height="6" rx="3" opacity="0.75" />
          <rect x="12" y="44" width="92" height="5" rx="2.500" opacity="0.28" />
          <rect x="12" y="55" width="80" height="5" rx="2.500" opacity="0.28" />
          <rect x="12" y="66" width="98" height="5" rx="2.500" opacity="0.28" />
          <rect x="12" y="77" width="44" height="5" rx="2.500" opacity="0.28" />
        </g>
      </g>
      <g transform="translate(120 164)">
        <rect width="80" height="11" rx="5.500" fill="#fff" opacity="0.28" />
        {[0, 1, 2, 3].map((each) => (
          <circle
            key={each}
            cx={16 + each * 16}
            cy="5.500"
            r="3"
            fill="#fff"
            opacity={each === 0 ? 0.95 : 0.6}
          />
        ))}
      </g>
    </svg>
  );
}

/** An empty pot: nothing grows here yet. */
export function EmptyPicture(): ReactElement {
  return (
    <svg width="150" height="120" viewBox="0 0 150 120" aria-hidden="true" focusable="false">
      <ellipse cx="75" cy="110" rx="52" ry="6" fill="currentColor" opacity="0.08" />
      <path d="M47 62h56l-7 44a6 6 0 0 1-6 5H60a6 6 0 0 1-6-5Z" fill="#c96a34" />
      <rect x="41" y="52" width="68" height="15" rx="5" fill="#dd7f45" />
      <path d="M75 52V30" stroke="#2f7638" strokeWidth="4" strokeLinecap="round" />
      <path d="M75 40c-2-14-12-20-26-20 0 13 10 22 26 20Z" fill="#4c9c51" />
      <path d="M75 34c1-13 11-20 25-21 1 14-9 23-25 21Z" fill="#6ab46a" />
    </svg>
  );
}
