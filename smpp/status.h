#ifndef BINDERY_SMPP_STATUS_H
#define BINDERY_SMPP_STATUS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * command_status values: SMPP 3.4 §5.1.3, and SMPP 5.0 §4.7.6 for those that it adds. A status
 * read from the wire is kept as uint32_t, since carriers send any value.
 */
#define STATUS_LIST(X)                                                                             \
	X(ESME_ROK, 0x0000)                                                                        \
	X(ESME_RINVMSGLEN, 0x0001)                                                                 \
	X(ESME_RINVCMDLEN, 0x0002)                                                                 \
	X(ESME_RINVCMDID, 0x0003)                                                                  \
	X(ESME_RINVBNDSTS, 0x0004)                                                                 \
	X(ESME_RALYBND, 0x0005)                                                                    \
	X(ESME_RINVPRTFLG, 0x0006)                                                                 \
	X(ESME_RINVREGDLVFLG, 0x0007)                                                              \
	X(ESME_RSYSERR, 0x0008)                                                                    \
	X(ESME_RINVSRCADR, 0x000A)                                                                 \
	X(ESME_RINVDSTADR, 0x000B)                                                                 \
	X(ESME_RINVMSGID, 0x000C)                                                                  \
	X(ESME_RBINDFAIL, 0x000D)                                                                  \
	X(ESME_RINVPASWD, 0x000E)                                                                  \
	X(ESME_RINVSYSID, 0x000F)                                                                  \
	X(ESME_RCANCELFAIL, 0x0011)                                                                \
	X(ESME_RREPLACEFAIL, 0x0013)                                                               \
	X(ESME_RMSGQFUL, 0x0014)                                                                   \
	X(ESME_RINVSERTYP, 0x0015)                                                                 \
	X(ESME_RINVNUMDESTS, 0x0033)                                                               \
	X(ESME_RINVDLNAME, 0x0034)                                                                 \
	X(ESME_RINVDESTFLAG, 0x0040)                                                               \
	X(ESME_RINVSUBREP, 0x0042)                                                                 \
	X(ESME_RINVESMCLASS, 0x0043)                                                               \
	X(ESME_RCNTSUBDL, 0x0044)                                                                  \
	X(ESME_RSUBMITFAIL, 0x0045)                                                                \
	X(ESME_RINVSRCTON, 0x0048)                                                                 \
	X(ESME_RINVSRCNPI, 0x0049)                                                                 \
	X(ESME_RINVDSTTON, 0x0050)                                                                 \
	X(ESME_RINVDSTNPI, 0x0051)                                                                 \
	X(ESME_RINVSYSTYP, 0x0053)                                                                 \
	X(ESME_RINVREPFLAG, 0x0054)                                                                \
	X(ESME_RINVNUMMSGS, 0x0055)                                                                \
	X(ESME_RTHROTTLED, 0x0058)                                                                 \
	X(ESME_RINVSCHED, 0x0061)                                                                  \
	X(ESME_RINVEXPIRY, 0x0062)                                                                 \
	X(ESME_RINVDFTMSGID, 0x0063)                                                               \
	X(ESME_RX_T_APPN, 0x0064)                                                                  \
	X(ESME_RX_P_APPN, 0x0065)                                                                  \
	X(ESME_RX_R_APPN, 0x0066)                                                                  \
	X(ESME_RQUERYFAIL, 0x0067)                                                                 \
	X(ESME_RINVOPTPARSTREAM, 0x00C0)                                                           \
	X(ESME_ROPTPARNOTALLWD, 0x00C1)                                                            \
	X(ESME_RINVPARLEN, 0x00C2)                                                                 \
	X(ESME_RMISSINGOPTPARAM, 0x00C3)                                                           \
	X(ESME_RINVOPTPARAMVAL, 0x00C4)                                                            \
	X(ESME_RDELIVERYFAILURE, 0x00FE)                                                           \
	X(ESME_RUNKNOWNERR, 0x00FF)                                                                \
	X(ESME_RSERTYPUNAUTH, 0x0100)                                                              \
	X(ESME_RPROHIBITED, 0x0101)                                                                \
	X(ESME_RSERTYPUNAVAIL, 0x0102)                                                             \
	X(ESME_RSERTYPDENIED, 0x0103)                                                              \
	X(ESME_RINVDCS, 0x0104)                                                                    \
	X(ESME_RINVSRCADDRSUBUNIT, 0x0105)                                                         \
	X(ESME_RINVDSTADDRSUBUNIT, 0x0106)                                                         \
	X(ESME_RINVBCASTFREQINT, 0x0107)                                                           \
	X(ESME_RINVBCASTALIAS_NAME, 0x0108)                                                        \
	X(ESME_RINVBCASTAREAFMT, 0x0109)                                                           \
	X(ESME_RINVNUMBCAST_AREAS, 0x010A)                                                         \
	X(ESME_RINVBCASTCNTTYPE, 0x010B)                                                           \
	X(ESME_RINVBCASTMSGCLASS, 0x010C)                                                          \
	X(ESME_RBCASTFAIL, 0x010D)                                                                 \
	X(ESME_RBCASTQUERYFAIL, 0x010E)                                                            \
	X(ESME_RBCASTCANCELFAIL, 0x010F)                                                           \
	X(ESME_RINVBCAST_REP, 0x0110)                                                              \
	X(ESME_RINVBCASTSRVGRP, 0x0111)                                                            \
	X(ESME_RINVBCASTCHANIND, 0x0112)

enum status {
#define STATUS_VALUE(name, value) name = (value),
	STATUS_LIST(STATUS_VALUE)
#undef STATUS_VALUE
};

#define STATUS_VENDOR_FIRST 0x0400u
#define STATUS_VENDOR_LAST 0x04FFu

/* "ESME_RTHROTTLED"; "vendor" for 0x400..0x4FF; "reserved" for all else. Never NULL. */
const char *status_name(uint32_t status);

/* Whether the value lies in the SMSC vendors' range, SMPP 3.4 §5.1.3. */
bool status_is_vendor(uint32_t status);

#endif
