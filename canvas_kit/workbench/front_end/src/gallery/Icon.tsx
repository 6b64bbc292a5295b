const paths = {
  filters: "M2 4h12M4 8h8M6 12h4",
  refresh: "M13.5 8a5.5 5.5 0 1 1-1.6-3.9M12.5 1.5v3h-3",
  full: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  copy: "M5.5 5.5h8v8h-8zM3 10.5H2.5v-8h8V3",
  begin: "M3 2.5h10M8 14V5.5M4.5 9 8 5.5 11.5 9",
  end: "M3 13.5h10M8 2v8.5M4.5 7 8 10.5 11.5 7",
  undo: "M5.5 2.5 2.5 5.5l3 3M3 5.5h6a4 4 0 0 1 0 8H6",
  film: "M2 3h12v10H2zM5 3v10M11 3v10M2 8h3M11 8h3",
} as const;

/** A drawing that looks the same whatever fonts there are. Its button says what it does. */
export function Icon({ name }: { name: keyof typeof paths }) {
  return (
    <svg viewBox="0 0 16 16" width="1.15em" height="1.15em" aria-hidden="true" focusable="false">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
