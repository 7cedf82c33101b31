macro_rules! message_types {
    ($($name:ident = $value:literal, $text:literal;)*) => {
        /// Message types of table 4-2, and of Q.932 where a peer may send them. Values it does not name are kept.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum MessageType {
            $($name,)*
            Unknown(u8),
        }

        impl MessageType {
            pub const fn value(self) -> u8 {
                match self {
                    $(MessageType::$name => $value,)*
                    MessageType::Unknown(value) => value,
                }
            }

            pub const fn from_value(value: u8) -> MessageType {
                match value {
                    $($value => MessageType::$name,)*
                    other => MessageType::Unknown(other),
                }
            }

            /// The standard's name.
            pub const fn text(self) -> &'static str {
                match self {
                    $(MessageType::$name => $text,)*
                    MessageType::Unknown(_) => "unknown message",
                }
            }
        }
    };
}

message_types! {
    Alerting = 0x01, "ALERTING";
    CallProceeding = 0x02, "CALL PROCEEDING";
    Progress = 0x03, "PROGRESS";
    Setup = 0x05, "SETUP";
    Connect = 0x07, "CONNECT";
    SetupAcknowledge = 0x0d, "SETUP ACKNOWLEDGE";
    ConnectAcknowledge = 0x0f, "CONNECT ACKNOWLEDGE";
    UserInformation = 0x20, "USER INFORMATION";
    SuspendReject = 0x21, "SUSPEND REJECT";
    ResumeReject = 0x22, "RESUME REJECT";
    Hold = 0x24, "HOLD";
    Suspend = 0x25, "SUSPEND";
    Resume = 0x26, "RESUME";
    HoldAcknowledge = 0x28, "HOLD ACKNOWLEDGE";
    SuspendAcknowledge = 0x2d, "SUSPEND ACKNOWLEDGE";
    ResumeAcknowledge = 0x2e, "RESUME ACKNOWLEDGE";
    HoldReject = 0x30, "HOLD REJECT";
    Retrieve = 0x31, "RETRIEVE";
    RetrieveAcknowledge = 0x33, "RETRIEVE ACKNOWLEDGE";
    RetrieveReject = 0x37, "RETRIEVE REJECT";
    Disconnect = 0x45, "DISCONNECT";
    Restart = 0x46, "RESTART";
    Release = 0x4d, "RELEASE";
    RestartAcknowledge = 0x4e, "RESTART ACKNOWLEDGE";
    ReleaseComplete = 0x5a, "RELEASE COMPLETE";
    Segment = 0x60, "SEGMENT";
    Facility = 0x62, "FACILITY";
    Register = 0x64, "REGISTER";
    Notify = 0x6e, "NOTIFY";
    StatusEnquiry = 0x75, "STATUS ENQUIRY";
    CongestionControl = 0x79, "CONGESTION CONTROL";
    Information = 0x7b, "INFORMATION";
    Status = 0x7d, "STATUS";
}
