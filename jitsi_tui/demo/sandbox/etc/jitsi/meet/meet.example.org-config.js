/* eslint-disable comma-dangle, no-unused-vars, no-var, prefer-template, vars-on-top */

/*
 * What browsers are told when they open meet.example.org. It is read anew with every page, so
 * nothing has to be restarted after a change; a comma that is missing here gives a grey page.
 */

// nginx fills these two in (SSI) when the room belongs to a tenant
var subdir = '<!--# echo var="subdir" default="" -->';
var subdomain = '<!--# echo var="subdomain" default="" -->';

if (subdomain) {
    subdomain = subdomain.substr(0, subdomain.length - 1).split('.')
        .join('_')
        .toLowerCase() + '.';
}

// a web server without SSI leaves them as they are: then there is no tenant
if (subdir.startsWith('<!--')) {
    subdir = '';
}
if (subdomain.startsWith('<!--')) {
    subdomain = '';
}

var config = {
    // Connection
    //

    hosts: {
        // the XMPP domain: the main host of Prosody
        domain: 'meet.example.org',

        // where people without an account log in, once the others need one
        // anonymousdomain: 'guest.example.com',

        // where people with an account log in; the domain itself unless set
        // authdomain: 'meet.example.org',

        // jicofo's address; focus.<domain> unless set
        // focus: 'focus.meet.example.org',

        // rooms live here
        muc: 'conference.' + subdomain + 'meet.example.org',
    },

    // BOSH: XMPP over plain web requests
    bosh: 'https://meet.example.org/' + subdir + 'http-bind',

    // XMPP over a websocket; preferred where both are there
    websocket: 'wss://meet.example.org/' + subdir + 'xmpp-websocket',

    // take BOSH even where there is a websocket
    // preferBosh: false,

    // the account that jicofo uses
    // focusUserJid: 'focus@auth.meet.example.org',

    // ask jicofo for a conference by HTTP; needs a rule of nginx
    // conferenceRequestUrl:
    //   'https://<!--# echo var="http_host" default="meet.example.org" -->/' + subdir + 'conference-request/v1',

    // The channel between browser and bridge
    bridgeChannel: {
        // skip websockets of bridges under this domain
        // ignoreDomain: 'example.com',

        // data channels first, websockets second
        // preferSctp: false,
    },

    // For tests only
    //

    testing: {
        // pretend to have this bandwidth
        // assumeBandwidth: true,

        // two people stay on the bridge
        // p2pTestMode: false,

        // what automatic tests need
        // testMode: false,

        // leave videos stopped until they are asked for
        // noAutoPlayVideo: false,
    },

    // don't mark moderators
    // disableModeratorIndicator: false,

    // no raised thumbs
    // disableReactions: true,

    // polls
    // disablePolls: false,

    // one can always watch oneself
    // disableSelfView: false,
    // disableSelfViewSettings: false,

    // webrtc statistics, once a second
    // webrtcIceUdpDisable: false,
    // webrtcIceTcpDisable: false,

    // Audio
    //

    // say so when a microphone is on but silent
    enableNoAudioDetection: true,

    // say so when somebody's keyboard is louder than his voice
    enableNoisyMicDetection: true,

    // only the audio levels of whoever speaks
    // disableAudioLevels: false,
    // audioLevelsInterval: 200,

    // everybody after the n-th comes in muted
    // startAudioMuted: 10,
    // startWithAudioMuted: false,

    // no video at all
    // startAudioOnly: false,

    // hear oneself after muting: no
    // startSilent: false,

    // opus
    // audioQuality: {
    //     stereo: false,
    //     opusMaxAverageBitrate: null,
    //     enableOpusDtx: false,
    // },

    // what the browser does to the sound of a microphone
    // disableAP: false,
    // disableAEC: false,
    // disableNS: false,
    // disableAGC: true,
    // disableHPF: true,

    // Video
    //

    // the height that is asked of cameras, in lines
    // resolution: 720,

    // more control over the camera than `resolution` gives
    // constraints: {
    //     video: {
    //         height: {
    //             ideal: 720,
    //             max: 720,
    //             min: 240,
    //         },
    //     },
    // },

    // everybody after the n-th comes in without video
    // startVideoMuted: 10,
    // startWithVideoMuted: false,

    // who has been quiet for long loses his place among the first n; -1: all are sent
    channelLastN: -1,

    // fewer videos in bigger meetings
    // lastNLimits: {
    //     5: 20,
    //     30: 15,
    //     50: 10,
    //     70: 5,
    //     90: 2,
    // },

    // codecs and bit rates of what is sent
    // videoQuality: {
    //     codecPreferenceOrder: [ 'AV1', 'VP9', 'VP8', 'H264' ],
    //     mobileCodecPreferenceOrder: [ 'VP8', 'VP9', 'H264', 'AV1' ],
    //     vp8: {
    //         maxBitratesVideo: {
    //             low: 200000,
    //             standard: 500000,
    //             high: 1500000,
    //         },
    //     },
    //     minHeightForQualityLvl: {
    //         360: 'standard',
    //         720: 'high',
    //     },
    // },

    // one layer only, whoever watches
    // disableSimulcast: false,

    // stop the layers nobody watches
    // enableLayerSuspension: true,

    // Sharing screens
    //

    // frames a second of a shared screen
    // desktopSharingFrameRate: {
    //     min: 5,
    //     max: 5,
    // },

    // tell the encoder that it is text
    // screenShareSettings: {
    //     desktopPreferCurrentTab: 'include',
    //     desktopSystemAudio: 'include',
    //     desktopSurfaceSwitching: 'include',
    //     desktopDisplaySurface: 'window',
    // },

    // Recording and streaming
    //

    // fileRecordingsEnabled: false,
    // fileRecordingsServiceEnabled: false,
    // liveStreamingEnabled: false,
    // recordingService: {
    //     enabled: false,
    //     sharingEnabled: false,
    //     hideStorageWarning: false,
    // },
    // localRecording: {
    //     disable: false,
    //     notifyAllParticipants: false,
    //     disableSelfRecording: false,
    // },

    // Subtitles
    //

    // transcription: {
    //     enabled: false,
    //     translationLanguages: [],
    //     useAppLanguage: true,
    //     preferredLanguage: 'en-US',
    // },

    // Two people
    //

    p2p: {
        // two people talk without the bridge where their networks let them
        enabled: true,

        // don't use host candidates
        // iceTransportPolicy: 'all',

        // how long to wait before going back to the bridge, in seconds
        // backToP2PDelay: 5,

        // where browsers learn their own address
        stunServers: [
            { urls: 'stun:meet.example.org:3478' },
        ],
    },

    // Numbers
    //

    analytics: {
        // nothing is counted here
        // disabled: true,

        // Matomo
        // matomoEndpoint: 'https://matomo.example.org/',
        // matomoSiteID: '42',

        // quality figures of each call
        // rtcstatsEnabled: false,
        // rtcstatsEndpoint: 'wss://rtcstats.example.org/',
    },

    // Before and after a meeting
    //

    // ask for a name
    // requireDisplayName: true,

    // try camera and microphone before going in
    // prejoinConfig: {
    //     enabled: true,
    //     hideDisplayName: false,
    //     hideExtraJoinButtons: [ 'no-audio', 'by-phone' ],
    // },

    // a page that suggests room names
    // enableWelcomePage: true,

    // a page that says goodbye
    // enableClosePage: false,

    // words for the names of rooms
    // enableInsecureRoomNameWarning: false,

    // remember which rooms one was in
    // doNotStoreRoom: true,

    // leave when the tab is closed
    // disableBeforeUnloadHandlers: true,

    // The lobby: the first one in decides who else may come
    // lobby: {
    //     autoKnock: false,
    //     enableChat: true,
    // },

    // securityUi: {
    //     hideLobbyButton: false,
    //     disableLobbyPassword: false,
    // },

    // Groups that leave for a while
    // breakoutRooms: {
    //     hideAddRoomButton: false,
    //     hideAutoAssignButton: false,
    //     hideJoinRoomButton: false,
    // },

    // What people see
    //

    // defaultLanguage: 'en',
    // disableProfile: false,
    // hideConferenceSubject: false,
    // hideConferenceTimer: false,
    // hideParticipantsStats: true,
    // gravatar: {
    //     baseUrl: 'https://www.gravatar.com/avatar/',
    //     disabled: true,
    // },

    // The buttons, in this order
    // toolbarButtons: [
    //    'camera',
    //    'chat',
    //    'closedcaptions',
    //    'desktop',
    //    'fullscreen',
    //    'hangup',
    //    'help',
    //    'invite',
    //    'microphone',
    //    'noisesuppression',
    //    'participants-pane',
    //    'profile',
    //    'raisehand',
    //    'security',
    //    'select-background',
    //    'settings',
    //    'shareaudio',
    //    'stats',
    //    'tileview',
    //    'toggle-camera',
    //    'videoquality',
    // ],

    // toolbarConfig: {
    //     initialTimeout: 20000,
    //     timeout: 4000,
    //     alwaysVisible: false,
    // },

    // Sounds that nobody hears
    // disabledSounds: [
    //     'ASKED_TO_UNMUTE_SOUND',
    //     'INCOMING_MSG_SOUND',
    //     'KNOCKING_PARTICIPANT_SOUND',
    //     'PARTICIPANT_JOINED_SOUND',
    //     'PARTICIPANT_LEFT_SOUND',
    //     'RAISE_HAND_SOUND',
    // ],

    // Notes that nobody sees
    // notifications: [],
    // disabledNotifications: [],

    // A picture behind a person
    // disableVirtualBackground: false,
    // backgroundAlpha: 1,

    // What a moderator may do
    // disableRemoteMute: true,
    // remoteVideoMenu: {
    //     disabled: false,
    //     disableKick: true,
    //     disableGrantModerator: true,
    //     disablePrivateChat: true,
    // },

    // Encryption between browsers
    // e2ee: {
    //     labels: {
    //         description: '',
    //         label: '',
    //     },
    //     externallyManagedKey: false,
    // },

    // Speakers
    // speakerStats: {
    //     disabled: false,
    //     order: [ 'role', 'name', 'hasLeft' ],
    // },

    // Names on invitations, in calendars
    // brandingRoomAlias: null,
    // inviteAppName: null,

    // Dialling in needs somebody who sells numbers
    // dialInNumbersUrl: '',
    // dialInConfCodeUrl: '',

    // Shared notes and boards
    // etherpad_base: 'https://pad.example.org/p/',
    // whiteboard: {
    //     enabled: true,
    //     collabServerBaseUrl: 'https://board.example.org',
    //     userLimit: 25,
    //     limitUrl: 'https://example.org/board-limits',
    // },

    // Phones: which app to offer
    // deeplinking: {
    //     disabled: false,
    //     hideLogo: false,
    //     ios: {
    //         appName: 'Jitsi Meet',
    //         appScheme: 'org.jitsi.meet',
    //     },
    //     android: {
    //         appName: 'Jitsi Meet',
    //         appScheme: 'org.jitsi.meet',
    //         appPackage: 'org.jitsi.meet',
    //     },
    // },

    // Legal
    // legalUrls: {
    //     helpCentre: 'https://example.org/meetings/help',
    //     privacy: 'https://example.org/privacy',
    //     terms: 'https://example.org/meetings/rules',
    // },

    // Milliseconds between two reports of the mouse to pages that embed us
    mouseMoveCallbackInterval: 1000,

    // Logging in the browser
    // logging: {
    //     defaultLogLevel: 'trace',
    // },

    // no comma after the last one is needed, but it is allowed
};
