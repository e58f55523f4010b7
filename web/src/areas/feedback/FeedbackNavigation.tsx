import { SubNavigation } from "@/ui/SubNavigation";

export function FeedbackNavigation() {
  return (
    <SubNavigation
      label="Feedback"
      parts={[
        { to: "/feedback", name: "What they say", exact: true },
        { to: "/feedback/surveys", name: "Surveys" },
      ]}
    />
  );
}
