import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs, { type TabsProps } from "@cloudscape-design/components/tabs";
import { Actions } from "../settings/Actions";
import { DeadLetters } from "../settings/DeadLetters";
import { Maintenance } from "../settings/Maintenance";
import { Policies } from "../settings/Policies";
import { Tokens } from "../settings/Tokens";
import { Tools } from "../settings/Tools";
import { Barred } from "../parts/Barred";
import { keepInAddress, useRoute } from "../shell/route";
import { useMay, useMayNot, useSession } from "../shell/SessionContext";

const FOR_ALL: TabsProps.Tab[] = [
  { id: "actions", label: "Actions", content: <Actions /> },
  { id: "maintenance", label: "Maintenance", content: <Maintenance /> },
  { id: "tools", label: "Tools", content: <Tools /> },
  { id: "policies", label: "Policies", content: <Policies /> },
];
const FOR_ADMINISTRATORS: TabsProps.Tab[] = [
  { id: "tokens", label: "Tokens", content: <Tokens /> },
  { id: "letters", label: "Dead letters", content: <DeadLetters /> },
];

export default function Settings() {
  const session = useSession();
  const tabs = [...FOR_ALL, ...(useMay("admin") ? FOR_ADMINISTRATORS : [])];
  const asked = useRoute().query.get("tab");
  const mayNot = useMayNot("admin") && FOR_ADMINISTRATORS.some(({ id }) => id === asked);
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description={session ? `You are ${session.name}, ${session.role}; this is ${session.environment}.` : ""}
      >
        Settings
      </Header>
      {mayNot ? <Barred task={asked === "tokens" ? "Making tokens" : "Handling alarms that could not be taken in"} needed="admin" /> : null}
      <Tabs
        // Begun anew once the role is known: it brings the chosen tab into view only then.
        key={tabs.length}
        ariaLabel="Settings"
        tabs={tabs}
        activeTabId={tabs.find(({ id }) => id === asked)?.id ?? "actions"}
        onChange={({ detail }) => keepInAddress({ tab: detail.activeTabId })}
        i18nStrings={{ scrollLeftAriaLabel: "Tabs to the left", scrollRightAriaLabel: "Tabs to the right" }}
      />
    </SpaceBetween>
  );
}
