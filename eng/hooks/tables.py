#!/usr/bin/env python3
"""Writes the generated hook tables from what kernels answered to probe.c and from the kernel's own BTF.

  cc -O1 -static -o probe eng/hooks/probe.c
  for what in helpers context pointers returns; do ./probe $what; done > measured-6.18.txt     # host
  (the same binary as a guest's init, with 6.12, gives measured-6.12.txt)
  bpftool btf dump -j file /sys/kernel/btf/vmlinux > vmlinux.json
  eng/hooks/tables.py measured-6.18.txt measured-6.12.txt vmlinux.json
"""
import json
import os
import re
import sys

if len(sys.argv) != 4:
    sys.exit(__doc__)
MEASURED, OLDER, BTF = sys.argv[1:4]
W = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../src/BpfSharp/Hooks/')

def key(s):
    t,_,a=s.partition(':')
    sl=a.endswith('Sleepable')
    a=re.sub('Sleepable$','',a)
    if t=='StructOps': a=''
    return t,a,sl
sets={}
def read(f,only=None):
    for l in open(f,errors='replace'):
        p=l.split()
        if len(p)<2 or p[0]!='helpers': continue
        if p[1] in sets: continue
        if only and not re.match(only,p[1]): continue
        sets[p[1]]=[int(x) for x in p[2:]]
read(MEASURED)
read(OLDER, 'Tracing|Lsm')
def wrap(ids,ind):
    out=[];line=''
    for i in ids:
        s='%d, '%i
        if len(line)+len(s)>100: out.append(' '*ind+line.rstrip()); line=''
        line+=s
    if line: out.append(' '*ind+line.rstrip())
    return '\n'.join(out)
base=set.intersection(*[set(v) for k,v in sets.items()])
o=['''// Written by eng/hooks/tables.py from what Linux 6.18 answered to eng/hooks/probe.c (6.12 for what that machine's 6.18
// refuses to load: fentry, fexit, fmod_ret, lsm). Do not edit.
namespace BpfSharp.Hooks;

public static partial class ProgramTypeTable
{
    // Helpers every program type may call.
    private static readonly byte[] s_baseHelpers =
    [
%s
    ];

    // Program type, attach type (null: all others), sleepable (null: both), helpers beyond the base set.
    private static readonly HelperSet[] s_helperSets =
    [
'''%wrap(sorted(base),8)]
done={}
for k,v in sets.items():
    t,a,sl=key(k)
    done.setdefault(t,[]).append((a,sl,sorted(set(v)-base)))
for t,l in done.items():
    # the sleepable sets differ from the others only by copying forms: one set if one contains the other
    by={}
    for a,sl,h in l: by.setdefault(tuple(h),[]).append((a,sl))
    if len(by)==1: o.append('        new(ProgramType.%s, [], null,\n        [\n%s\n        ]),\n'%(t,wrap(l[0][2],12))); continue
    for h,who in by.items():
        for sl in sorted({w[1] for w in who}):
            at=[w[0] for w in who if w[1]==sl]
            both=any(x[1]!=sl for x in l for a in at if x[0]==a)
            names=', '.join('AttachType.'+a for a in at if a)
            line='        new(ProgramType.%s, [%s], %s,\n'%(t,names,('true' if sl else 'false') if both else 'null')
            while len(line.split('\n')[-2])>120:
                last=line.split('\n')[-2]; cut=last.rfind(', ',0,116); line=line[:line.rfind(last)]+last[:cut+1]+'\n            '+last[cut+2:]+'\n'
            o.append(line+'        [\n%s\n        ]),\n'%wrap(h,12))
o.append('    ];\n}\n')
open(W+'ProgramTypeTable.Helpers.g.cs','w').write(''.join(o))
kinds={'scalar':'Scalar','pkt':'PacketStart','pkt_end':'PacketEnd','pkt_meta':'PacketMeta','sock':'Socket','sock_or_null':'SocketOrNull','sock_common_or_null':'SockCommonOrNull','flow_keys':'FlowKeys','tp_buffer':'TracepointBuffer','trusted_ptr_nf_hook_state':'BtfPointer','trusted_ptr_sk_buff':'BtfPointer'}
bt={'trusted_ptr_nf_hook_state':'nf_hook_state','trusted_ptr_sk_buff':'sk_buff'}
ctx={}
for f in [MEASURED]:
  for l in open(f):
    p=l.split()
    if p[0]!='context': continue
    acc={}
    for e in p[2:]:
        m=re.match(r'([rw])(\d)@(\d+)(?::(.*))?$',e)
        acc.setdefault((int(m.group(2)),m.group(1),m.group(4) or ''),[]).append(int(m.group(3)))
    ctx[p[1]]=acc
def runs(offs,w):
    offs=sorted(offs); r=[]
    for x in offs:
        if r and x==r[-1][1]+w: r[-1][1]=x
        else: r.append([x,x])
    return r
TYPES={'SocketFilter':'__sk_buff','Kprobe':'pt_regs','SchedCls':'__sk_buff','SchedAct':'__sk_buff','Tracepoint':'','Xdp':'xdp_md','PerfEvent':'bpf_perf_event_data','CgroupSkb':'__sk_buff','CgroupSock':'bpf_sock','LwtIn':'__sk_buff','LwtOut':'__sk_buff','LwtXmit':'__sk_buff','LwtSeg6Local':'__sk_buff','SockOps':'bpf_sock_ops','SkSkb':'__sk_buff','CgroupDevice':'bpf_cgroup_dev_ctx','SkMsg':'sk_msg_md','RawTracepoint':'bpf_raw_tracepoint_args','RawTracepointWritable':'bpf_raw_tracepoint_args','CgroupSockAddr':'bpf_sock_addr','SkReuseport':'sk_reuseport_md','FlowDissector':'__sk_buff','CgroupSysctl':'bpf_sysctl','CgroupSockopt':'bpf_sockopt','SkLookup':'bpf_sk_lookup','Netfilter':'bpf_nf_ctx'}
rows={}
for k,acc in ctx.items():
    l=[]
    t,a,sl=key(k)
    if sl: continue
    for (w,rw,kind),offs in acc.items():
        for x,y in runs(offs,w):
            if t=='Tracepoint': y=8192-w
            if t=='Syscall': y=65536-2*w if w>1 else 65534
            l.append((x,y,w,rw,kind))
    l.sort(key=lambda e:(e[0],e[3],e[2]))
    rows.setdefault((t,tuple(l)),[]).append(a)
ptr=('SockCommon','Socket','TcpSocket','FlowKeys')
o=['''// Written by eng/hooks/tables.py from what Linux 6.18 answered to eng/hooks/probe.c. Do not edit.
using static BpfSharp.Hooks.ContextValue;

namespace BpfSharp.Hooks;

public static partial class ContextTable
{
    // A run is every access of its width from the first to the last offset, a width apart: (width, first, last, what is read).
''']
decl=[]
seen={}
n=0
def run(e):
    s='new(%d, %d, %d'%(e[2],e[0],e[1])
    if e[3]=='r':
        s+=', '+kinds[e[4]]
        if e[4] in bt: s+=', "%s"'%bt[e[4]]
    return s+')'
def block(l,ind):
    p=' '*ind
    if not l: return p+'[]'
    out=[];line=''
    for e in l:
        s=run(e)+', '
        if len(line)+len(s)>100: out.append(p+'    '+line.rstrip()); line=''
        line+=s
    out.append(p+'    '+line.rstrip())
    return p+'[\n'+'\n'.join(out)+'\n'+p+']'
sk={}
body=[]
for (t,l),at in rows.items():
    r=[e for e in l if e[3]=='r']; w=[e for e in l if e[3]=='w']
    if t in ptr:
        body.append('    private static readonly ContextAccess s_%s = new(ProgramType.Unspecified, [],\n%s,\n%s);\n\n'%(t[0].lower()+t[1:],block(r,8),block(w,8)))
o.append(''.join(body))
o.append('    // Program type, attach types (empty: all others), what may be read, what may be written.\n    private static readonly ContextAccess[] s_accesses =\n    [\n')
for (t,l),at in rows.items():
    if t in ptr: continue
    r=[e for e in l if e[3]=='r']; w=[e for e in l if e[3]=='w']
    many=len([1 for k in rows if k[0]==t])>1
    names=[ 'AttachType.'+a for a in at if a] if many and '' not in at else []
    ln='        new(ProgramType.%s, ['%t
    cur=ln; acc=''
    for i,nm in enumerate(names):
        s=nm+(', ' if i<len(names)-1 else '')
        if len(cur)+len(s)>116: acc+=cur.rstrip()+'\n'; cur='            '
        cur+=s
    acc+=cur+'],\n'
    o.append(acc+'%s,\n%s),\n'%(block(r,12),block(w,12)))
o.append('    ];\n}\n')
open(W+'ContextTable.Access.g.cs','w').write(''.join(o))
J=json.load(open(BTF))['types']
T={t['id']:t for t in J}
BY={}
for t in J:
    if t['kind'] in('STRUCT','UNION'): BY.setdefault(t['name'],t)
def size(i):
    t=T.get(i)
    if t is None: return 0
    k=t['kind']
    if k in('STRUCT','UNION','INT','ENUM','ENUM64','FLOAT'): return t['size']
    if k=='PTR': return 8
    if k=='ARRAY': return t['nr_elems']*size(t['type_id'])
    return size(t['type_id'])
def tname(i):
    t=T.get(i)
    if t is None: return 'void'
    k=t['kind']
    if k=='PTR': return tname(t['type_id'])+'*'
    if k in('CONST','VOLATILE'): return tname(t['type_id'])
    if k=='ARRAY': return '%s[%d]'%(tname(t['type_id']),t['nr_elems'])
    if k in('STRUCT','UNION'): return 'struct '+t['name']
    return {'unsigned int':'__u32','long unsigned int':'__u64','unsigned char':'__u8','short unsigned int':'__u16','char':'char','bool':'bool'}.get(t['name'],t['name'])
def fields(t,off,pre,out):
    for m in t['members']:
        o=off+m['bits_offset']//8; mt=T[m['type_id']]
        while mt['kind'] in('CONST','TYPEDEF','VOLATILE') : mt=T[mt['type_id']]
        if m['name']=='(anon)' or not m['name']:
            fields(mt,o,pre,out); continue
        if mt['kind'] in('STRUCT','UNION') and t['name']!='__sk_buff' :
            fields(mt,o,pre+m['name']+'.',out); continue
        if m.get('bitfield_size'): continue
        out.append((pre+m['name'],o,size(m['type_id']),tname(m['type_id'])))
S=['__sk_buff','xdp_md','bpf_sock','bpf_tcp_sock','bpf_sock_ops','sk_msg_md','bpf_sock_addr','bpf_cgroup_dev_ctx','bpf_sysctl','bpf_sockopt','sk_reuseport_md','bpf_sk_lookup','bpf_nf_ctx','bpf_perf_event_data','pt_regs','bpf_raw_tracepoint_args','bpf_flow_keys','bpf_xdp_sock']
res={}
for s in S:
    if s not in BY: print('no',s); continue
    out=[];fields(BY[s],0,'',out); res[s]=(BY[s]['size'],out)
base={'__sk_buff':319,'xdp_md':408,'bpf_sock':410,'bpf_tcp_sock':501,'bpf_sock_ops':413,'sk_msg_md':417,'bpf_sock_addr':417,'bpf_cgroup_dev_ctx':415,'bpf_sysctl':502,'bpf_sockopt':503,'sk_reuseport_md':419,'bpf_sk_lookup':509,'bpf_nf_ctx':604,'bpf_perf_event_data':409,'pt_regs':401,'bpf_raw_tracepoint_args':417,'bpf_flow_keys':420,'bpf_xdp_sock':503}
S={'__sk_buff':{'ingress_ifindex':402,'ifindex':402,'tc_index':402,'cb':402,'hash':403,'tc_classid':403,'data':407,'data_end':407,'napi_id':412,'family':414,'remote_ip4':414,'local_ip4':414,'remote_ip6':414,'local_ip6':414,'remote_port':414,'local_port':414,'data_meta':415,'flow_keys':420,'tstamp':500,'wire_len':500,'gso_segs':501,'sk':501,'gso_size':507,'tstamp_type':518,'hwtstamp':516},
'xdp_md':{'data_meta':415,'ingress_ifindex':416,'rx_queue_index':416,'egress_ifindex':508},
'bpf_sock':{'family':411,'type':411,'protocol':411,'mark':414,'priority':414,'src_ip4':417,'src_ip6':417,'src_port':417,'dst_port':501,'dst_ip4':501,'dst_ip6':501,'state':501,'rx_queue_mapping':507},
'bpf_sock_ops':{'snd_cwnd':416,'srtt_us':416,'bpf_sock_ops_cb_flags':416,'is_fullsock':416,'state':416,'rtt_min':416,'snd_ssthresh':416,'rcv_nxt':416,'snd_nxt':416,'snd_una':416,'mss_cache':416,'ecn_flags':416,'rate_delivered':416,'rate_interval_us':416,'packets_out':416,'retrans_out':416,'total_retrans':416,'segs_in':416,'data_segs_in':416,'segs_out':416,'data_segs_out':416,'lost_out':416,'sacked_out':416,'sk_txhash':416,'bytes_received':416,'bytes_acked':416,'sk':503,'skb_data':510,'skb_data_end':510,'skb_len':510,'skb_tcp_flags':510,'skb_hwtstamp':602},
'sk_msg_md':{'family':418,'remote_ip4':418,'local_ip4':418,'remote_ip6':418,'local_ip6':418,'remote_port':418,'local_port':418,'size':500,'sk':508},
'bpf_sock_addr':{'msg_src_ip4':418,'msg_src_ip6':418,'sk':503},
'sk_reuseport_md':{'sk':514,'migrating_sk':514},
'bpf_sk_lookup':{'cookie':511,'ingress_ifindex':517},
'bpf_perf_event_data':{'sample_period':409,'addr':413},
'bpf_flow_keys':{'flags':504,'flow_label':504},
'bpf_tcp_sock':{'dsack_dups':503,'delivered':503,'delivered_ce':503,'icsk_retransmits':503}}
o=['''// Written by eng/hooks/tables.py: offsets from the kernel's BTF (Linux 6.18, x86-64). Do not edit.
namespace BpfSharp.Hooks;

public static partial class ContextTable
{
    private static readonly ContextStruct[] s_structs =
    [
''']
for n,(z,f) in res.items():
    if n=='bpf_raw_tracepoint_args': z=96; f=[['args',0,96,'__u64[12]']]
    o.append('        new("%s", %d,\n        [\n'%(n,z))
    for name,off,sz,t in f:
        o.append('            new(%-26s %3d, %2d, %s %d),\n'%('"%s",'%name,off,sz,'"%s",'%t,S.get(n,{}).get(name,base[n])))
    o.append('        ]),\n')
o.append('    ];\n}\n')
open(W+'ContextTable.Structs.g.cs','w').write(''.join(o))
