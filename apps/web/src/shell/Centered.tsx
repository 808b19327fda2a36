import type { ReactElement, ReactNode } from 'react';
import { Brand } from './Brand.tsx';
import { ColorSchemeMenu } from './ColorSchemeMenu.tsx';
import { LanguageMenu } from './LanguageMenu.tsx';
import classes from './Centered.module.css';

/** A page with one card, for people who are not signed in. */
export function Centered({ children }: { children: ReactNode }): ReactElement {
  return (
    <div className={classes.page}>
      <div className={classes.corner}>
        <LanguageMenu />
        <ColorSchemeMenu />
      </div>
      <main className={classes.column}>
        <div className={classes.brand}>
          <Brand size={38} />
        </div>
        <div className={classes.card}>{children}</div>
      </main>
      <Glasshouse />
    </div>
  );
}

/** The house the oranges winter in, drawn faintly along the foot of the page. */
function Glasshouse(): ReactElement {
  const bays = [0, 1, 2, 3, 4, 5, 6, 7];
  return (
    <svg
      className={classes.house}
      viewBox="0 0 1600 260"
      preserveAspectRatio="xMidYMax slice"
      aria-hidden="true"
    >
      {bays.map((bay) => (
        <g
          key={bay}
          transform={`translate(${bay * 200} 0)`}
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
        >
          <path d="M10 260V120a90 90 0 0 1 180 0v140" />
          <path d="M100 30v230M10 120h180M10 190h180M100 120 36 56M100 120l64-64" />
          <circle cx={bay % 2 === 0 ? 62 : 140} cy="222" r="9" fill="currentColor" />
          <circle cx={bay % 2 === 0 ? 82 : 122} cy="208" r="7" fill="currentColor" />
        </g>
      ))}
    </svg>
  );
}
