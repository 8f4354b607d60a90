import AppLayoutToolbar from "@cloudscape-design/components/app-layout-toolbar";
import Badge from "@cloudscape-design/components/badge";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import SideNavigation from "@cloudscape-design/components/side-navigation";
import Spinner from "@cloudscape-design/components/spinner";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { SESSION_CHANGED, token } from "../api/session";
import { useAppearance, useNarrow } from "./appearance";
import { ErrorBoundary } from "./ErrorBoundary";
import { LINKS, pageAt } from "./pages";
import { type Route, useRoute } from "./route";
import { SessionContext } from "./SessionContext";
import { Top } from "./Top";
import { useShell } from "./useShell";
import { Warnings } from "./Warnings";

const SignIn = lazy(() => import("../pages/SignIn"));

function useSignedIn(): boolean {
  const [signedIn, setSignedIn] = useState(() => Boolean(token()));
  useEffect(() => {
    const look = () => setSignedIn(Boolean(token()));
    addEventListener(SESSION_CHANGED, look);
    return () => removeEventListener(SESSION_CHANGED, look);
  }, []);
  return signedIn;
}

function Content({ route }: { route: Route }) {
  const found = pageAt(route.path);
  const title = found ? (found.subject || found.page.title) : "Not found";
  const place = usePlace(route.path);
  useEffect(() => {
    document.title = `${title} · ITOps`;
  }, [title]);
  if (!found) {
    return (
      <p>
        There is no page at this address. <a href="#/incidents">Go to the incidents</a>
      </p>
    );
  }
  const Page = found.page.content;
  return (
    <div id="page" tabIndex={-1} ref={place}>
      <span className="unseen" role="status">
        {title}
      </span>
      <ErrorBoundary place={route.path}>
        <Suspense fallback={<Spinner size="large" />}>
          <Page key={route.path} subject={found.subject} />
        </Suspense>
      </ErrorBoundary>
    </div>
  );
}

/** Begins every page at its top, and puts the keyboard there, unless it is in the page already. */
function usePlace(path: string) {
  const place = useRef<HTMLDivElement>(null);
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    scrollTo(0, 0);
    if (!place.current?.contains(document.activeElement)) place.current?.focus({ preventScroll: true });
  }, [path]);
  return place;
}

function crumbsOf(route: Route) {
  const [, section = "incidents", subject, , within] = route.path.split("/");
  const link = LINKS.find(({ href }) => href === `#/${section}`) ?? { text: "Incidents", href: "#/incidents" };
  if (!subject) return [link];
  const made = section === "pipelines" ? "Register one" : "Open one";
  const crumb = { text: subject === "new" ? made : decodeURIComponent(subject), href: `#/${section}/${subject}` };
  return within ? [link, crumb, { text: decodeURIComponent(within), href: `#${route.path}` }] : [link, crumb];
}

export function App() {
  const route = useRoute();
  const signedIn = useSignedIn();
  const narrow = useNarrow();
  const [appearance, setAppearance] = useAppearance();
  const [open, setOpen] = useState(!narrow);
  const shell = useShell(signedIn);
  const section = `#/${route.path.split("/")[1] ?? ""}`;
  const kind = pageAt(route.path)?.page.kind ?? "default";
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <SessionContext value={shell.session}>
        <a
          className="skip"
          href="#page"
          onClick={(event) => {
            // The address is the route: only the keyboard is to move.
            event.preventDefault();
            document.getElementById("page")?.focus();
          }}
        >
          Skip to the page
        </a>
        <Top appearance={appearance} onAppearance={setAppearance} signedIn={signedIn} />
        <AppLayoutToolbar
          headerSelector="#top"
          toolsHide
          navigationHide={!signedIn}
          navigationOpen={open && signedIn}
          onNavigationChange={({ detail }) => setOpen(detail.open)}
          navigationWidth={220}
          ariaLabels={{
            navigation: "Pages",
            navigationToggle: "Open the list of pages",
            navigationClose: "Close the list of pages",
          }}
          contentType={signedIn ? kind : "form"}
          navigation={
            <SideNavigation
              activeHref={section === "#/new" ? "#/incidents" : section}
              onFollow={() => narrow && setOpen(false)}
              items={LINKS.map((link) => ({
                type: "link",
                ...link,
                info:
                  link.text === "Approvals" && shell.waiting > 0 ? (
                    <Badge color="red">{shell.waiting} waiting</Badge>
                  ) : undefined,
              }))}
            />
          }
          breadcrumbs={signedIn ? <BreadcrumbGroup items={crumbsOf(route)} /> : undefined}
          notifications={<Warnings shell={shell} signedIn={signedIn} />}
          content={
            signedIn ? (
              <Content route={route} />
            ) : (
              <Suspense fallback={<Spinner size="large" />}>
                <SignIn />
              </Suspense>
            )
          }
        />
      </SessionContext>
    </I18nProvider>
  );
}
